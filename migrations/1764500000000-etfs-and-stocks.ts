import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who the funds and stocks of the lake's tables are. */
export class EtfsAndStocks1764500000000 implements MigrationInterface {
  readonly name = 'EtfsAndStocks1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE etf (
        code text PRIMARY KEY,
        name text NOT NULL,
        manager text,
        index_code text,
        index_name text,
        list_date date,
        category text,
        themes text[]
      );
      COMMENT ON COLUMN etf.category IS 'As the list says; NULL = by the rules for names, which are not stored';
      COMMENT ON COLUMN etf.themes IS 'Keys, as the list says; NULL = by the rules for names';

      CREATE TABLE stock (
        code text PRIMARY KEY,
        name text NOT NULL,
        list_date date
      );

      CREATE TABLE risk_warning (
        stock_code text NOT NULL REFERENCES stock,
        from_date date NOT NULL,
        until_date date CHECK (until_date > from_date),
        PRIMARY KEY (stock_code, from_date)
      );
      COMMENT ON TABLE risk_warning IS 'Stays under a risk warning (ST, *ST): half-open [from_date, until_date)';
    `);
  }

  /** The rows of the lake's new tables go, too: the code before knows no such data sets. */
  async down(runner: QueryRunner): Promise<void> {
    const tables = "('etf_daily', 'etf_share', 'margin_market', 'margin_stock')";
    await runner.query(`
      DELETE FROM import_log WHERE dataset IN ('etfs', 'stocks') OR dataset IN ${tables};
      DELETE FROM lake_file USING price_series WHERE series_id = price_series.id AND dataset IN ${tables};
      DELETE FROM price_series WHERE dataset IN ${tables};
      DROP TABLE risk_warning, stock, etf;
    `);
  }
}
