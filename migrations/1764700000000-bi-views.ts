import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantBiRole } from '../src/store/bi-role.js';

/** Stable, documented views for BI tools that speak SQL; what lies behind them may change, they may not. */
export class BiViews1764700000000 implements MigrationInterface {
  readonly name = 'BiViews1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA bi;
      COMMENT ON SCHEMA bi IS 'What BI tools may read: documented in docs/bi.md';

      CREATE VIEW bi.factor_values AS
        SELECT p.engine AS factor, p.scheme, p.hash AS parameters_id, p.params AS parameters,
          coalesce(p.params = CASE p.engine
            WHEN 'diffusion' THEN '{"rule": "ROC", "lookback": 220, "smoothing": [], "weighting": "CAP"}'::jsonb
            WHEN 'gru' THEN '{"model": null, "weighting": "CAP"}'::jsonb
          END, false) AS is_default,
          v.date, one.code AS industry_code, i.name_zh AS industry_name_zh, i.name_en AS industry_name_en,
          nullif(one.value, 'NaN') AS value, one.coverage, v.notes
        FROM factor_parameters p
        JOIN factor_value v USING (hash)
        CROSS JOIN LATERAL unnest(v.codes, v."values", v.coverage) AS one (code, value, coverage)
        JOIN industry i ON i.code = one.code
        WHERE p.engine_version = (SELECT max(newest.engine_version) FROM factor_parameters newest WHERE newest.engine = p.engine);

      CREATE VIEW bi.rankings AS
        SELECT factor, scheme, parameters_id, is_default, date,
          row_number() OVER (PARTITION BY parameters_id, date ORDER BY value DESC, industry_code COLLATE "C")::integer AS rank,
          industry_code, industry_name_zh, industry_name_en, value, coverage
        FROM bi.factor_values
        WHERE value IS NOT NULL;

      CREATE VIEW bi.backtests AS
        SELECT job.id, definition->>'key' AS portfolio, definition->>'name' AS portfolio_name,
          definition->>'factor' AS factor, definition->'params' AS parameters, definition->>'rule' AS rule,
          (definition->>'size')::integer AS size, definition->>'rebalance' AS rebalance,
          (definition->>'costBps')::double precision AS cost_bps, definition->>'scheme' AS scheme,
          (job.input->>'from')::date AS from_date, (job.input->>'to')::date AS to_date,
          job.data_version, job.created_at, job.finished_at,
          (m->>'totalReturn')::double precision AS total_return,
          (m->>'annualizedReturn')::double precision AS annualized_return,
          (m->>'annualizedVolatility')::double precision AS annualized_volatility,
          (m->>'sharpe')::double precision AS sharpe,
          (m->>'sortino')::double precision AS sortino,
          (m->>'maxDrawdown')::double precision AS max_drawdown,
          (m->>'calmar')::double precision AS calmar,
          (m->>'trackingError')::double precision AS tracking_error,
          (m->>'informationRatio')::double precision AS information_ratio,
          (m->>'beta')::double precision AS beta,
          (m->>'winRateWeekly')::double precision AS win_rate_weekly,
          (m->>'winRateMonthly')::double precision AS win_rate_monthly,
          (m->>'annualTurnover')::double precision AS annual_turnover
        FROM job
        CROSS JOIN LATERAL (SELECT job.input->'portfolio' AS definition, job.result::json->'metrics' AS m) AS parts
        WHERE job.kind = 'backtest' AND job.status = 'SUCCEEDED';

      CREATE VIEW bi.backtest_net_values AS
        SELECT job.id AS backtest_id, day.date::date AS date, day.portfolio::double precision AS portfolio,
          day.benchmark::double precision AS benchmark
        FROM job
        CROSS JOIN LATERAL (SELECT job.result::json AS result) AS parsed
        CROSS JOIN LATERAL ROWS FROM (
          json_array_elements_text(parsed.result->'dates'),
          json_array_elements_text(parsed.result->'portfolio'),
          json_array_elements_text(parsed.result->'benchmark')
        ) AS day (date, portfolio, benchmark)
        WHERE job.kind = 'backtest' AND job.status = 'SUCCEEDED';

      CREATE VIEW bi.holdings AS
        WITH change AS (
          SELECT job.id AS backtest_id, (fill->>'date')::date AS date, (fill->>'signal')::date AS signal_date,
            fill->'entered' AS entered, fill->'left' AS gone
          FROM job
          CROSS JOIN LATERAL json_array_elements(job.result::json->'rebalances') AS fill
          WHERE job.kind = 'backtest' AND job.status = 'SUCCEEDED'
        ), stay AS (
          SELECT came.backtest_id, code, came.date AS since, (
            SELECT min(went.date) FROM change went
            WHERE went.backtest_id = came.backtest_id AND went.date > came.date AND went.gone::jsonb ? code
          ) AS until
          FROM change came CROSS JOIN LATERAL json_array_elements_text(came.entered) AS code
        )
        SELECT change.backtest_id, change.date, change.signal_date, i.code AS industry_code,
          i.name_zh AS industry_name_zh, i.name_en AS industry_name_en,
          1.0::double precision / count(*) OVER (PARTITION BY change.backtest_id, change.date) AS target_weight,
          stay.since AS held_since
        FROM change
        JOIN stay ON stay.backtest_id = change.backtest_id AND change.date >= stay.since
          AND (stay.until IS NULL OR change.date < stay.until)
        JOIN industry i ON i.code = stay.code;
    `);
    for (const [view, { about, columns }] of Object.entries(BI_COMMENTS)) {
      await runner.query(`COMMENT ON VIEW bi.${view} IS ${quoted(about)}`);
      for (const [column, text] of Object.entries(columns))
        await runner.query(`COMMENT ON COLUMN bi.${view}.${column} IS ${quoted(text)}`);
    }
    await grantBiRole((sql) => runner.query(sql));
  }

  /** The role stays: other databases of the same server may know it. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA bi CASCADE');
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const INDUSTRY = {
  industry_code: 'Code of the industry, CI005001 or 801010',
  industry_name_zh: 'Chinese name of the industry',
  industry_name_en: 'English name of the industry',
} as const;

const FACTOR = {
  factor: 'Key of the factor: diffusion or gru',
  scheme: 'Classification of the industries: CITIC_L1 or SW_L1',
  parameters_id: 'Hash of factor, its version, scheme and parameters: one way of computing',
} as const;

/** What each view and column holds, with its unit. */
const BI_COMMENTS: Readonly<Record<string, { about: string; columns: Readonly<Record<string, string>> }>> = {
  factor_values: {
    about:
      'Factor values by day and industry, as the present version of each factor computes them. They are kept once somebody has asked for them: a date that nobody asked for is missing',
    columns: {
      ...FACTOR,
      parameters: 'Parameters of the factor, JSON',
      is_default: 'Whether the parameters are the defaults',
      date: 'Trading day whose close the value rests on',
      ...INDUSTRY,
      value: 'Factor value: diffusion 0 to 1, a fraction; gru a score without unit. NULL = not available',
      coverage: 'Share of the weight of the members that had the data, a fraction 0 to 1',
      notes: 'What must be said beside the values of the day, a line each',
    },
  },
  rankings: {
    about:
      'Industries by factor value, best first, of each day and each way of computing; those without a value are left out',
    columns: {
      ...FACTOR,
      is_default: 'Whether the parameters are the defaults',
      date: 'Trading day whose close the values rest on',
      rank: 'Place, 1 = highest value; equal values by code',
      ...INDUSTRY,
      value: 'Factor value: diffusion 0 to 1, a fraction; gru a score without unit',
      coverage: 'Share of the weight of the members that had the data, a fraction 0 to 1',
    },
  },
  backtests: {
    about: 'Backtests that have succeeded, with what was computed and how it did',
    columns: {
      id: 'Id of the backtest (UUID)',
      portfolio: 'Key of the portfolio',
      portfolio_name: 'Name of the portfolio',
      factor: 'Key of the factor it chooses by; NULL where a schedule names the holdings',
      parameters: 'Parameters of the factor, JSON',
      rule: 'How it chooses: TOP_N, SWAP or SCHEDULE',
      size: 'Number of industries held',
      rebalance: 'When it chooses anew: WEEKLY, MONTHLY',
      cost_bps: 'Cost of trading, basis points of the traded value',
      scheme: 'Classification of the industries: CITIC_L1 or SW_L1',
      from_date: 'First day asked for',
      to_date: 'Last day asked for',
      data_version: 'Version of the data it was computed on',
      created_at: 'When it was asked for',
      finished_at: 'When it was done',
      total_return: 'Return over the whole time, a fraction',
      annualized_return: 'Geometric return per 242 trading days, a fraction',
      annualized_volatility: 'Standard deviation of daily returns times the root of 242, a fraction',
      sharpe: 'Mean over standard deviation of daily returns times the root of 242, no unit; NULL without volatility',
      sortino: 'The same over the downside deviation, no unit; NULL without a loss',
      max_drawdown: 'Deepest fall from a peak, a fraction, at most 0',
      calmar: 'annualized_return over the size of max_drawdown, no unit; NULL without a fall',
      tracking_error: 'Standard deviation of daily excess returns times the root of 242, a fraction',
      information_ratio: 'Mean over standard deviation of daily excess returns times the root of 242, no unit',
      beta: 'Against the benchmark, no unit',
      win_rate_weekly: 'Share of weeks with a higher return than the benchmark, a fraction',
      win_rate_monthly: 'Share of months with a higher return than the benchmark, a fraction',
      annual_turnover: 'Half of what is traded, per 242 trading days, as a fraction of the value',
    },
  },
  backtest_net_values: {
    about: 'Daily net values of the backtests that have succeeded',
    columns: {
      backtest_id: 'Id in bi.backtests',
      date: 'Trading day',
      portfolio: 'Net value of 1 invested at the first purchase, after cost',
      benchmark: 'Net value of all industries of the scheme in equal weights, 1 on the first day',
    },
  },
  holdings: {
    about: 'What the backtests that have succeeded held after each rebalance',
    columns: {
      backtest_id: 'Id in bi.backtests',
      date: 'Trading day of the rebalance, at whose close it was traded',
      signal_date: 'Trading day at whose close it was chosen',
      ...INDUSTRY,
      target_weight: 'Weight right after the rebalance, a fraction; it drifts with prices until the next',
      held_since: 'Trading day on which it was bought',
    },
  },
};
