import type { MigrationInterface, QueryRunner } from 'typeorm';
import { INDUSTRIES } from '../src/store/seed/industries.seed.js';

/** Market data outside the lake: calendar, industries, memberships; the lake's manifest; factor values by date. */
export class MarketData1763800000000 implements MigrationInterface {
  readonly name = 'MarketData1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE market_state (
        id smallint PRIMARY KEY CHECK (id = 1),
        data_version integer NOT NULL,
        lake_id uuid NOT NULL DEFAULT gen_random_uuid()
      );
      COMMENT ON COLUMN market_state.lake_id IS 'The folder of the lake that is this database''s own';
      INSERT INTO market_state (id, data_version) VALUES (1, 0);

      CREATE TABLE trading_day (date date PRIMARY KEY);

      CREATE TABLE industry (
        code text PRIMARY KEY,
        scheme text NOT NULL CHECK (scheme IN ('CITIC_L1', 'SW_L1')),
        name_zh text NOT NULL,
        name_en text NOT NULL
      );

      CREATE TABLE membership (
        industry_code text NOT NULL REFERENCES industry,
        stock_code text NOT NULL,
        in_date date NOT NULL,
        out_date date CHECK (out_date > in_date),
        known_on date NOT NULL,
        stock_name text,
        weight double precision CHECK (weight >= 0),
        kind text NOT NULL CHECK (kind IN ('snapshot', 'stay')),
        PRIMARY KEY (industry_code, stock_code, in_date)
      );
      COMMENT ON TABLE membership IS 'Who belonged where: half-open [in_date, out_date); weight as of known_on';

      CREATE TABLE price_series (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dataset text NOT NULL,
        source text NOT NULL,
        adjustment text NOT NULL CHECK (adjustment IN ('none', 'qfq', 'hfq')),
        UNIQUE (dataset, source, adjustment)
      );

      CREATE TABLE lake_file (
        series_id integer NOT NULL REFERENCES price_series,
        year smallint NOT NULL,
        path text NOT NULL UNIQUE,
        rows integer NOT NULL,
        days integer[] NOT NULL,
        PRIMARY KEY (series_id, year)
      );
      COMMENT ON TABLE lake_file IS 'The manifest: exactly these Parquet files are the market data; days = dates held, as days since 1970-01-01';

      CREATE TABLE import_log (
        id uuid PRIMARY KEY,
        dataset text NOT NULL,
        series_id integer REFERENCES price_series,
        files text[] NOT NULL,
        finished_at timestamptz NOT NULL DEFAULT now(),
        rows_read integer NOT NULL,
        rows_new integer NOT NULL,
        rows_changed integer NOT NULL,
        rows_unchanged integer NOT NULL,
        rows_quarantined integer NOT NULL,
        data_version integer NOT NULL
      );

      CREATE TABLE factor_parameters (
        hash text PRIMARY KEY,
        engine text NOT NULL,
        engine_version integer NOT NULL,
        scheme text NOT NULL,
        params jsonb NOT NULL
      );

      CREATE TABLE factor_value (
        hash text NOT NULL REFERENCES factor_parameters ON DELETE CASCADE,
        date date NOT NULL,
        codes text[] NOT NULL,
        "values" double precision[] NOT NULL,
        coverage double precision[] NOT NULL,
        reasons smallint[] NOT NULL,
        notes text[] NOT NULL,
        PRIMARY KEY (hash, date)
      );
      COMMENT ON TABLE factor_value IS 'Factor values by date, industries in the order of codes; NaN = not available, see reasons';
    `);
    await runner.query(
      'INSERT INTO industry (code, scheme, name_zh, name_en) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])',
      [0, 1, 2, 3].map((column) => INDUSTRIES.map((row) => row[column])),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE factor_value, factor_parameters, import_log, lake_file, price_series, membership, industry, trading_day, market_state
    `);
  }
}
