// Written by `npm run client:build` from schema/ and docs/errors.md; changes belong there.

import type { Operation } from '../operation.js';
import type { DateTime, Json, LocalDate } from '../scalars.js';

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** How prices treat dividends and splits. */
export type Adjustment =
  /** Adjusted forwards from the listing (后复权). */
  | 'HFQ'
  /** As traded. */
  | 'NONE'
  /** Adjusted backwards from the latest price, which is as traded (前复权). */
  | 'QFQ';

/** A portfolio and the range to compute it over. */
export type BacktestInput = {
  /** First date; the portfolio begins with the first rebalance from here on that buys anything. */
  readonly from: LocalDate;
  /** A text of yours, at most 200 characters: a repeated request with it gives the same backtest and never runs twice. */
  readonly idempotencyKey?: string | null | undefined;
  /** For SWAP: codes bought as they are at the first rebalance. */
  readonly initialHoldings?: ReadonlyArray<string> | null | undefined;
  /** The portfolio; it is not kept. */
  readonly portfolio: PortfolioInput;
  /** Last date, inclusive. */
  readonly to: LocalDate;
};

/** Whose daily bars. */
export type BarDataset =
  /** Exchange-traded funds; prices in yuan. */
  | 'ETF_DAILY'
  /** Broad and thematic indices; prices in index points. */
  | 'INDEX_DAILY'
  /** CITIC and Shenwan first-level industry indices; prices in index points. */
  | 'INDUSTRY_DAILY'
  /** Stocks; prices in yuan. */
  | 'STOCK_DAILY';

/** Parameters of the diffusion index. */
export type DiffusionParams = {
  /** Look-back in trading days, 1 to 1000. */
  readonly lookback?: number | null | undefined;
  /** When a stock counts as rising. */
  readonly rule?: DiffusionRule | null | undefined;
  /** Windows, in trading days, of up to two simple moving averages applied one after the other; each 1 to 250. */
  readonly smoothing?: ReadonlyArray<number> | null | undefined;
  /** How members count. */
  readonly weighting?: Weighting | null | undefined;
};

/** When a stock counts as rising. */
export type DiffusionRule =
  /** Close above the mean of the last `lookback` closes, its own included. */
  | 'MA'
  /** Close above the close `lookback` trading days before. */
  | 'ROC';

/** Which funds to list: those that meet every condition given. */
export type EtfFilter = {
  /** One of the ten categories, e.g. `TMT`. */
  readonly category?: string | null | undefined;
  /** Code of an industry that the fund follows: of all industries of its scheme the one its daily returns correlate with most over 250 trading days, at least 0.8. Funds known by name to follow something else (bonds, a broad index) follow none. */
  readonly industry?: string | null | undefined;
  /** Highest `change`, a fraction. */
  readonly maxChange?: number | null | undefined;
  /** Least `amount`, yuan. */
  readonly minAmount?: number | null | undefined;
  /** Least `change`, a fraction. */
  readonly minChange?: number | null | undefined;
  /** Part of the name, whatever its case; at most 100 characters. */
  readonly nameContains?: string | null | undefined;
  /** Key of a theme, of the query themes. */
  readonly theme?: string | null | undefined;
};

/** How funds are listed. Those without the figure come last, equal ones by code. */
export type EtfOrder =
  /** Highest `amount` first. */
  | 'AMOUNT_DESC'
  /** Lowest `change` first. */
  | 'CHANGE_ASC'
  /** Highest `change` first. */
  | 'CHANGE_DESC'
  /** By code. */
  | 'CODE_ASC'
  /** Lowest net flow of the day (the largest outflow) first: `netFlow(window: DAY)`. */
  | 'FLOW_ASC'
  /** Highest net flow of the day first: `netFlow(window: DAY)`. */
  | 'FLOW_DESC'
  /** Highest `size` first. */
  | 'SIZE_DESC';

/** Parameters of a factor: set the field named like its key. */
export type FactorParams = {
  /** For the factor `diffusion`. */
  readonly diffusion?: DiffusionParams | null | undefined;
  /** For the factor `gru`. */
  readonly gru?: GruParams | null | undefined;
};

/** Parameters of the GRU factor. */
export type GruParams = {
  /** Name of the one model to score with, on the dates it may score; left out, each date is scored by the newest model that may. */
  readonly model?: string | null | undefined;
  /** How members count. */
  readonly weighting?: Weighting | null | undefined;
};

/** First-level industry classifications. */
export type IndustryScheme =
  /** CITIC, 30 industries, codes CI005001 to CI005030. */
  | 'CITIC_L1'
  /** Shenwan 2021, 31 industries, codes 801xxx. */
  | 'SW_L1';

/** Where a job is. */
export type JobStatus =
  /** Was cancelled. */
  | 'CANCELLED'
  /** Ended without result; `error` says why. */
  | 'FAILED'
  /** Waits for a worker. */
  | 'QUEUED'
  /** A worker is at it. */
  | 'RUNNING'
  /** Done; the result is there. */
  | 'SUCCEEDED';

/** What happened to a stock. */
export type MarketEventKind =
  /** It closed (during a day: stands) at its lower limit price. */
  | 'LIMIT_DOWN'
  /** It closed (during a day: stands) at its upper limit price, for the first session. Limits go by board, date, listing and risk warning. */
  | 'LIMIT_UP'
  /** The same for at least the second session in a row; days without trading neither break nor count. */
  | 'LIMIT_UP_STREAK'
  /** Its adjusted high exceeds every earlier one of the data (`since`), across ex-dividend days. */
  | 'RECORD_HIGH';

/** A portfolio to be created or tested. */
export type PortfolioInput = {
  /** Cost in basis points of traded value, 0 to below 10000. */
  readonly costBps?: number;
  /** Codes of industries that are ranked but never bought; none for SCHEDULE. */
  readonly excluded?: ReadonlyArray<string>;
  /** Trading days from the choice to the fill, 0 to 250; 0 = at the close of the same day. */
  readonly executionLagDays?: number;
  /** Key of the factor that ranks; needed by TOP_N and SWAP, not for SCHEDULE. */
  readonly factor?: string | null | undefined;
  /** 1 to 64 lower-case letters, digits and hyphens. */
  readonly key: string;
  /** Name, at most 200 characters; default: the key. */
  readonly name?: string | null | undefined;
  /** Parameters of the factor other than its defaults. */
  readonly params?: FactorParams | null | undefined;
  /** When it is rebalanced. */
  readonly rebalance?: RebalanceFrequency;
  /** How it chooses. */
  readonly rule?: SelectionRule;
  /** For SCHEDULE: holdings by date, each date once. */
  readonly schedule?: ReadonlyArray<ScheduledHoldings> | null | undefined;
  /** Which industries. */
  readonly scheme?: IndustryScheme;
  /** Number of industries, 1 to those that may be bought; SCHEDULE goes by its schedule instead. */
  readonly size?: number;
  /** For SWAP: swaps per rebalance at most. */
  readonly swapsPerRebalance?: number;
};

/** When a portfolio is rebalanced: at the close of the last trading day of the period. */
export type RebalanceFrequency =
  /** Every month. */
  | 'MONTHLY'
  /** Every week; weeks that a closure of seven days or more tears apart are one. */
  | 'WEEKLY';

/** A trained model and what is to be known of it. */
export type RegisterModelInput = {
  /** The manifest as training wrote it: name, file, sha256, featureSpec, specVersion, window, features, universe, label, horizonDays, embargoDays, trainedFrom, trainedTo, labelsTo, validFrom, validTo, seed, architecture, framework, trainedAt, metrics. All of them; `labelsTo` must lie before `validFrom`, not before `horizonDays` weekdays after `trainedTo` have passed, and not after `trainedAt`; `embargoDays` must not be less than `horizonDays`; `validTo` may be null, without end. */
  readonly manifest: Json;
  /** The ONNX file in base64: input `x` float32 [batch, window, features], output `score` float32 [batch], the batch of any size. A request may have 1 MiB; larger files go through `lundong model add`. */
  readonly onnxBase64: string;
};

/** Industries to hold, in equal weights, from a date on. */
export type ScheduledHoldings = {
  /** Day of the purchase, at its close; no trading day means the last one before it. */
  readonly date: LocalDate;
  /** Codes of the industries, each once. */
  readonly industries: ReadonlyArray<string>;
};

/** How a portfolio chooses its industries. */
export type SelectionRule =
  /** Holdings given by date. */
  | 'SCHEDULE'
  /** Up to `swapsPerRebalance` times the best-ranked industry not held replaces the worst-ranked held, while it ranks better. */
  | 'SWAP'
  /** The `size` highest factor values; equal values by code. */
  | 'TOP_N';

/** A portfolio that chooses by a factor, and what to vary; a list left out is the portfolio’s own value, an empty one is refused. */
export type SweepInput = {
  /** First date. */
  readonly from: LocalDate;
  /** Look-backs in trading days; only of the factor "diffusion". */
  readonly lookbacks?: ReadonlyArray<number> | null | undefined;
  /** The portfolio; it is not kept. */
  readonly portfolio: PortfolioInput;
  /** Rebalance frequencies. */
  readonly rebalances?: ReadonlyArray<RebalanceFrequency> | null | undefined;
  /** Numbers of industries held. */
  readonly sizes?: ReadonlyArray<number> | null | undefined;
  /** Last date, inclusive. */
  readonly to: LocalDate;
  /** Weightings of the members. */
  readonly weightings?: ReadonlyArray<Weighting> | null | undefined;
};

/** How members count. */
export type Weighting =
  /** By free-float capitalisation: the weight of the weight date, drifted by price since. */
  | 'CAP'
  /** Every member alike. */
  | 'EQUAL';

export type BacktestResultQueryVariables = Exact<{
  id: string;
}>;

export type BacktestResultQuery = {
  readonly backtest: {
    readonly status: JobStatus;
    readonly progress: number;
    readonly error: string | null;
    readonly dataVersion: number | null;
    readonly notes: ReadonlyArray<string>;
    readonly metrics: {
      readonly totalReturn: number;
      readonly annualizedReturn: number;
      readonly annualizedVolatility: number;
      readonly sharpe: number | null;
      readonly maxDrawdown: number;
      readonly maxDrawdownFrom: LocalDate | null;
      readonly maxDrawdownTo: LocalDate | null;
      readonly trackingError: number | null;
      readonly informationRatio: number | null;
      readonly annualTurnover: number | null;
      readonly convention: { readonly periodsPerYear: number; readonly riskFreeRate: number };
    } | null;
    readonly yearly: {
      readonly data: ReadonlyArray<Json>;
      readonly columns: ReadonlyArray<{ readonly name: string; readonly unit: string | null }>;
    } | null;
    readonly table: {
      readonly weekEnding: LocalDate;
      readonly weekReturn: number;
      readonly weekExcess: number;
      readonly yearReturn: number;
      readonly yearExcess: number;
    } | null;
    readonly nav: {
      readonly data: ReadonlyArray<Json>;
      readonly notes: ReadonlyArray<string>;
      readonly columns: ReadonlyArray<{ readonly name: string }>;
    } | null;
    readonly rebalances: ReadonlyArray<{
      readonly date: LocalDate;
      readonly turnover: number;
      readonly cost: number;
      readonly entered: ReadonlyArray<{ readonly code: string }>;
      readonly left: ReadonlyArray<{ readonly code: string }>;
    }> | null;
  } | null;
};

export type BacktestsQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;

export type BacktestsQuery = {
  readonly backtests: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly status: JobStatus;
        readonly progress: number;
        readonly from: LocalDate;
        readonly to: LocalDate;
        readonly error: string | null;
      };
    }>;
  };
};

export type BestIndustriesQueryVariables = Exact<{
  asOf?: LocalDate | null | undefined;
  top?: number | null | undefined;
  bottom?: number | null | undefined;
}>;

export type BestIndustriesQuery = {
  readonly factor: {
    readonly key: string;
    readonly ranking: {
      readonly asOf: LocalDate;
      readonly previous: LocalDate | null;
      readonly notes: ReadonlyArray<string>;
      readonly items: ReadonlyArray<{
        readonly rank: number;
        readonly previousRank: number | null;
        readonly value: number;
        readonly weekChange: number | null;
        readonly coverage: number;
        readonly industry: { readonly code: string; readonly nameZh: string; readonly week: number | null };
      }>;
      readonly unavailable: ReadonlyArray<{ readonly reason: string; readonly industry: { readonly code: string } }>;
    };
  } | null;
};

export type CancelJobMutationVariables = Exact<{
  id: string;
}>;

export type CancelJobMutation = { readonly cancelJob: boolean };

export type CreatePortfolioMutationVariables = Exact<{
  input: PortfolioInput;
}>;

export type CreatePortfolioMutation = {
  readonly createPortfolio: {
    readonly id: string;
    readonly key: string;
    readonly name: string;
    readonly rule: SelectionRule;
    readonly size: number;
    readonly rebalance: RebalanceFrequency;
    readonly costBps: number;
  };
};

export type DailyBarsQueryVariables = Exact<{
  dataset?: BarDataset;
  codes?: ReadonlyArray<string> | string | null | undefined;
  from: LocalDate;
  to: LocalDate;
  adjustment?: Adjustment | null | undefined;
}>;

export type DailyBarsQuery = {
  readonly dailyBars: {
    readonly data: ReadonlyArray<Json>;
    readonly rowCount: number;
    readonly truncated: boolean;
    readonly asOf: LocalDate | null;
    readonly dataVersion: number;
    readonly notes: ReadonlyArray<string>;
    readonly columns: ReadonlyArray<{
      readonly name: string;
      readonly type: string;
      readonly unit: string | null;
      readonly description: string | null;
    }>;
  };
};

export type DataStatusQueryVariables = Exact<{ [key: string]: never }>;

export type DataStatusQuery = {
  readonly dataStatus: {
    readonly dataVersion: number;
    readonly synthetic: boolean;
    readonly datasets: ReadonlyArray<{
      readonly name: string;
      readonly rows: number;
      readonly codes: number;
      readonly from: LocalDate | null;
      readonly to: LocalDate | null;
      readonly importedAt: DateTime | null;
    }>;
  };
};

export type DiffusionEvaluationQueryVariables = Exact<{
  from: LocalDate;
  to: LocalDate;
  horizonDays?: number;
}>;

export type DiffusionEvaluationQuery = {
  readonly factor: {
    readonly evaluation: {
      readonly observations: number;
      readonly icMean: number | null;
      readonly icStd: number | null;
      readonly icir: number | null;
      readonly icTStatistic: number | null;
      readonly rankIcMean: number | null;
      readonly rankIcStd: number | null;
      readonly rankIcir: number | null;
      readonly rankIcTStatistic: number | null;
      readonly positiveShare: number | null;
      readonly quantileSpread: number | null;
      readonly quantileReturns: {
        readonly data: ReadonlyArray<Json>;
        readonly notes: ReadonlyArray<string>;
        readonly columns: ReadonlyArray<{ readonly name: string; readonly unit: string | null }>;
      };
      readonly ic: { readonly rowCount: number; readonly columns: ReadonlyArray<{ readonly name: string }> };
    };
  } | null;
};

export type DiffusionHistoryQueryVariables = Exact<{
  from: LocalDate;
  to: LocalDate;
}>;

export type DiffusionHistoryQuery = {
  readonly factor: {
    readonly history: {
      readonly data: ReadonlyArray<Json>;
      readonly rowCount: number;
      readonly truncated: boolean;
      readonly asOf: LocalDate | null;
      readonly dataVersion: number;
      readonly notes: ReadonlyArray<string>;
      readonly columns: ReadonlyArray<{
        readonly name: string;
        readonly type: string;
        readonly description: string | null;
      }>;
    };
  } | null;
};

export type EtfBasketQueryVariables = Exact<{
  key: string;
  asOf?: LocalDate | null | undefined;
  minAmount?: number;
}>;

export type EtfBasketQuery = {
  readonly portfolio: {
    readonly etfBasket: {
      readonly asOf: LocalDate;
      readonly coveredWeight: number;
      readonly trackingError: number | null;
      readonly observations: number;
      readonly items: ReadonlyArray<{
        readonly weight: number;
        readonly correlation: number | null;
        readonly beta: number | null;
        readonly observations: number | null;
        readonly meanAmount: number | null;
        readonly reason: string | null;
        readonly industry: { readonly code: string; readonly nameZh: string };
        readonly etf: { readonly code: string; readonly name: string } | null;
      }>;
    };
  } | null;
};

export type EtfDetailQueryVariables = Exact<{
  code: string;
  asOf?: LocalDate | null | undefined;
  from: LocalDate;
  to: LocalDate;
}>;

export type EtfDetailQuery = {
  readonly etf: {
    readonly id: string;
    readonly code: string;
    readonly name: string;
    readonly manager: string | null;
    readonly indexCode: string | null;
    readonly listDate: LocalDate | null;
    readonly category: string | null;
    readonly asOf: LocalDate | null;
    readonly close: number | null;
    readonly change: number | null;
    readonly amount: number | null;
    readonly shares: number | null;
    readonly nav: number | null;
    readonly size: number | null;
    readonly premium: number | null;
    readonly priceSeries: string | null;
    readonly changeSeries: string | null;
    readonly day: number | null;
    readonly week: number | null;
    readonly month: number | null;
    readonly monthNotes: ReadonlyArray<string>;
    readonly themes: ReadonlyArray<{ readonly key: string; readonly name: string; readonly change: number | null }>;
    readonly industries: ReadonlyArray<{
      readonly correlation: number | null;
      readonly beta: number | null;
      readonly observations: number;
      readonly industry: { readonly code: string; readonly nameEn: string };
    }>;
    readonly bars: {
      readonly data: ReadonlyArray<Json>;
      readonly notes: ReadonlyArray<string>;
      readonly columns: ReadonlyArray<{ readonly name: string; readonly unit: string | null }>;
    };
  } | null;
};

export type EtfFlowsQueryVariables = Exact<{
  weekEnding?: LocalDate | null | undefined;
}>;

export type EtfFlowsQuery = {
  readonly etfFlows: {
    readonly weekEnding: LocalDate;
    readonly previous: LocalDate;
    readonly notes: ReadonlyArray<string>;
    readonly inflows: ReadonlyArray<{
      readonly weekChange: number | null;
      readonly sizeThen: number | null;
      readonly sizeNow: number | null;
      readonly netFlow: number;
      readonly etf: { readonly code: string; readonly name: string };
    }>;
    readonly outflows: ReadonlyArray<{
      readonly weekChange: number | null;
      readonly sizeThen: number | null;
      readonly sizeNow: number | null;
      readonly netFlow: number;
      readonly etf: { readonly code: string; readonly name: string };
    }>;
    readonly categories: ReadonlyArray<{
      readonly category: string;
      readonly netFlow: number;
      readonly etfCount: number;
      readonly withoutFlow: number;
    }>;
  };
};

export type FundFlowFragment = {
  readonly weekChange: number | null;
  readonly sizeThen: number | null;
  readonly sizeNow: number | null;
  readonly netFlow: number;
  readonly etf: { readonly code: string; readonly name: string };
};

export type EtfListQueryVariables = Exact<{
  filter?: EtfFilter | null | undefined;
  orderBy?: EtfOrder;
  asOf?: LocalDate | null | undefined;
  first?: number;
  after?: string | null | undefined;
}>;

export type EtfListQuery = {
  readonly etfs: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly code: string;
        readonly name: string;
        readonly category: string | null;
        readonly close: number | null;
        readonly change: number | null;
        readonly amount: number | null;
        readonly size: number | null;
        readonly premium: number | null;
        readonly netFlow: number | null;
      };
    }>;
  };
};

export type FactorsQueryVariables = Exact<{ [key: string]: never }>;

export type FactorsQuery = {
  readonly factors: ReadonlyArray<{
    readonly key: string;
    readonly name: string;
    readonly description: string;
    readonly engineVersion: number;
  }>;
};

export type FirstQueryQueryVariables = Exact<{ [key: string]: never }>;

export type FirstQueryQuery = {
  readonly factor: {
    readonly ranking: {
      readonly asOf: LocalDate;
      readonly items: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly industry: { readonly code: string; readonly nameZh: string; readonly nameEn: string };
      }>;
    };
  } | null;
};

export type GruRankingQueryVariables = Exact<{
  asOf?: LocalDate | null | undefined;
}>;

export type GruRankingQuery = {
  readonly diffusion: {
    readonly key: string;
    readonly ranking: {
      readonly asOf: LocalDate;
      readonly notes: ReadonlyArray<string>;
      readonly items: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly coverage: number;
        readonly weekChange: number | null;
        readonly industry: { readonly code: string; readonly nameZh: string };
      }>;
      readonly unavailable: ReadonlyArray<{ readonly reason: string; readonly industry: { readonly code: string } }>;
    };
  } | null;
  readonly gru: {
    readonly key: string;
    readonly ranking: {
      readonly asOf: LocalDate;
      readonly notes: ReadonlyArray<string>;
      readonly items: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly coverage: number;
        readonly weekChange: number | null;
        readonly industry: { readonly code: string; readonly nameZh: string };
      }>;
      readonly unavailable: ReadonlyArray<{ readonly reason: string; readonly industry: { readonly code: string } }>;
    };
  } | null;
};

export type EndsFragment = {
  readonly key: string;
  readonly ranking: {
    readonly asOf: LocalDate;
    readonly notes: ReadonlyArray<string>;
    readonly items: ReadonlyArray<{
      readonly rank: number;
      readonly value: number;
      readonly coverage: number;
      readonly weekChange: number | null;
      readonly industry: { readonly code: string; readonly nameZh: string };
    }>;
    readonly unavailable: ReadonlyArray<{ readonly reason: string; readonly industry: { readonly code: string } }>;
  };
};

export type GruWeeklyQueryVariables = Exact<{
  week: LocalDate;
  from: LocalDate;
}>;

export type GruWeeklyQuery = {
  readonly portfolio: {
    readonly name: string;
    readonly rule: SelectionRule;
    readonly size: number;
    readonly rebalance: RebalanceFrequency;
    readonly changes: ReadonlyArray<{
      readonly date: LocalDate;
      readonly entered: ReadonlyArray<{ readonly nameEn: string }>;
      readonly left: ReadonlyArray<{ readonly nameEn: string }>;
    }>;
    readonly holdings: {
      readonly since: LocalDate;
      readonly notes: ReadonlyArray<string>;
      readonly items: ReadonlyArray<{ readonly weight: number; readonly industry: { readonly nameEn: string } }>;
    };
    readonly table: {
      readonly weekReturn: number;
      readonly weekExcess: number;
      readonly monthReturn: number;
      readonly monthExcess: number;
    };
  } | null;
};

export type IndustriesWeekQueryVariables = Exact<{
  asOf?: LocalDate | null | undefined;
  scheme?: IndustryScheme;
}>;

export type IndustriesWeekQuery = {
  readonly industries: ReadonlyArray<{
    readonly code: string;
    readonly nameZh: string;
    readonly nameEn: string;
    readonly asOf: LocalDate | null;
    readonly close: number | null;
    readonly week: number | null;
    readonly month: number | null;
    readonly year: number | null;
    readonly diffusion: number | null;
  }>;
};

export type IndustryDetailQueryVariables = Exact<{
  code: string;
  asOf?: LocalDate | null | undefined;
  from: LocalDate;
  to: LocalDate;
  first?: number;
  after?: string | null | undefined;
}>;

export type IndustryDetailQuery = {
  readonly industry: {
    readonly id: string;
    readonly code: string;
    readonly scheme: IndustryScheme;
    readonly nameZh: string;
    readonly nameEn: string;
    readonly asOf: LocalDate | null;
    readonly close: number | null;
    readonly day: number | null;
    readonly week: number | null;
    readonly closes: {
      readonly data: ReadonlyArray<Json>;
      readonly rowCount: number;
      readonly truncated: boolean;
      readonly asOf: LocalDate | null;
      readonly dataVersion: number;
      readonly notes: ReadonlyArray<string>;
      readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string; readonly unit: string | null }>;
    };
    readonly members: {
      readonly totalCount: number;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly edges: ReadonlyArray<{
        readonly node: {
          readonly stock: string;
          readonly name: string | null;
          readonly weight: number | null;
          readonly weightDate: LocalDate;
          readonly hindsight: boolean;
        };
      }>;
    };
  } | null;
};

export type JobProgressSubscriptionVariables = Exact<{
  id: string;
}>;

export type JobProgressSubscription = {
  readonly jobProgress: {
    readonly id: string;
    readonly status: JobStatus;
    readonly progress: number;
    readonly message: string | null;
  };
};

export type MarginFinancingQueryVariables = Exact<{
  from: LocalDate;
  to: LocalDate;
}>;

export type MarginFinancingQuery = {
  readonly marginFinancing: {
    readonly asOf: LocalDate | null;
    readonly base: LocalDate;
    readonly latestBalance: number | null;
    readonly change: number | null;
    readonly recordHigh: boolean | null;
    readonly notes: ReadonlyArray<string>;
    readonly market: {
      readonly data: ReadonlyArray<Json>;
      readonly rowCount: number;
      readonly columns: ReadonlyArray<{ readonly name: string; readonly unit: string | null }>;
    };
    readonly rises: ReadonlyArray<{
      readonly balance: number;
      readonly change: number;
      readonly stocks: number;
      readonly leftOut: number;
      readonly industry: { readonly code: string; readonly nameZh: string };
    }>;
    readonly falls: ReadonlyArray<{
      readonly balance: number;
      readonly change: number;
      readonly stocks: number;
      readonly leftOut: number;
      readonly industry: { readonly code: string; readonly nameZh: string };
    }>;
  };
};

export type IndustryMarginFragment = {
  readonly balance: number;
  readonly change: number;
  readonly stocks: number;
  readonly leftOut: number;
  readonly industry: { readonly code: string; readonly nameZh: string };
};

export type MarketFlashQueryVariables = Exact<{
  close?: DateTime | null | undefined;
  during?: DateTime | null | undefined;
}>;

export type MarketFlashQuery = {
  readonly close: {
    readonly at: DateTime;
    readonly date: LocalDate;
    readonly closed: boolean;
    readonly eventCount: number;
    readonly headline: string;
    readonly notes: ReadonlyArray<string>;
    readonly chinese: string;
    readonly etfsAbove: {
      readonly totalCount: number;
      readonly edges: ReadonlyArray<{
        readonly node: { readonly code: string; readonly name: string; readonly change: number | null };
      }>;
    };
    readonly levels: ReadonlyArray<{
      readonly index: string;
      readonly nameEn: string;
      readonly level: number;
      readonly touched: boolean;
      readonly closedAbove: boolean;
      readonly previousAbove: LocalDate | null;
    }>;
    readonly leadingEtf: { readonly code: string; readonly name: string; readonly change: number | null } | null;
    readonly events: ReadonlyArray<{
      readonly kind: MarketEventKind;
      readonly code: string;
      readonly name: string | null;
      readonly streak: number | null;
      readonly close: number | null;
      readonly change: number | null;
      readonly since: LocalDate | null;
    }>;
  };
  readonly during: {
    readonly at: DateTime;
    readonly date: LocalDate;
    readonly closed: boolean;
    readonly eventCount: number;
    readonly headline: string;
    readonly notes: ReadonlyArray<string>;
    readonly levels: ReadonlyArray<{
      readonly index: string;
      readonly nameEn: string;
      readonly level: number;
      readonly touched: boolean;
      readonly closedAbove: boolean;
      readonly previousAbove: LocalDate | null;
    }>;
    readonly leadingEtf: { readonly code: string; readonly name: string; readonly change: number | null } | null;
    readonly events: ReadonlyArray<{
      readonly kind: MarketEventKind;
      readonly code: string;
      readonly name: string | null;
      readonly streak: number | null;
      readonly close: number | null;
      readonly change: number | null;
      readonly since: LocalDate | null;
    }>;
  };
};

export type FactsFragment = {
  readonly at: DateTime;
  readonly date: LocalDate;
  readonly closed: boolean;
  readonly eventCount: number;
  readonly headline: string;
  readonly notes: ReadonlyArray<string>;
  readonly levels: ReadonlyArray<{
    readonly index: string;
    readonly nameEn: string;
    readonly level: number;
    readonly touched: boolean;
    readonly closedAbove: boolean;
    readonly previousAbove: LocalDate | null;
  }>;
  readonly leadingEtf: { readonly code: string; readonly name: string; readonly change: number | null } | null;
  readonly events: ReadonlyArray<{
    readonly kind: MarketEventKind;
    readonly code: string;
    readonly name: string | null;
    readonly streak: number | null;
    readonly close: number | null;
    readonly change: number | null;
    readonly since: LocalDate | null;
  }>;
};

export type ModelsQueryVariables = Exact<{ [key: string]: never }>;

export type ModelsQuery = {
  readonly models: ReadonlyArray<{
    readonly name: string;
    readonly featureSpec: string;
    readonly trainedFrom: LocalDate;
    readonly trainedTo: LocalDate;
    readonly validFrom: LocalDate;
    readonly validTo: LocalDate | null;
    readonly sha256: string;
    readonly metrics: Json;
  }>;
};

export type NodeQueryVariables = Exact<{
  id: string;
}>;

export type NodeQuery = {
  readonly node:
    | { readonly __typename: 'Backtest'; readonly id: string }
    | { readonly __typename: 'Etf'; readonly id: string }
    | {
        readonly __typename: 'Industry';
        readonly code: string;
        readonly nameZh: string;
        readonly asOf: LocalDate | null;
        readonly close: number | null;
        readonly id: string;
      }
    | { readonly __typename: 'ModelVersion'; readonly id: string }
    | { readonly __typename: 'Portfolio'; readonly id: string }
    | { readonly __typename: 'Sweep'; readonly id: string }
    | { readonly __typename: 'Theme'; readonly id: string }
    | null;
};

export type PortfolioChangesQueryVariables = Exact<{
  key: string;
  from: LocalDate;
  to: LocalDate;
}>;

export type PortfolioChangesQuery = {
  readonly portfolio: {
    readonly changes: ReadonlyArray<{
      readonly date: LocalDate;
      readonly turnover: number;
      readonly cost: number;
      readonly notes: ReadonlyArray<string>;
      readonly entered: ReadonlyArray<{ readonly code: string; readonly nameZh: string }>;
      readonly left: ReadonlyArray<{ readonly code: string; readonly nameZh: string }>;
      readonly unpriced: ReadonlyArray<{ readonly code: string }>;
    }>;
  } | null;
};

export type PortfolioPerformanceQueryVariables = Exact<{
  key: string;
  from: LocalDate;
  to: LocalDate;
}>;

export type PortfolioPerformanceQuery = {
  readonly portfolio: {
    readonly performance: {
      readonly from: LocalDate;
      readonly to: LocalDate;
      readonly metrics: {
        readonly totalReturn: number;
        readonly annualizedReturn: number;
        readonly annualizedVolatility: number;
        readonly sharpe: number | null;
        readonly sortino: number | null;
        readonly maxDrawdown: number;
        readonly maxDrawdownFrom: LocalDate | null;
        readonly maxDrawdownTo: LocalDate | null;
        readonly recoveredOn: LocalDate | null;
        readonly calmar: number | null;
        readonly trackingError: number | null;
        readonly informationRatio: number | null;
        readonly beta: number | null;
        readonly winRateWeekly: number | null;
        readonly winRateMonthly: number | null;
        readonly annualTurnover: number | null;
        readonly convention: {
          readonly compounding: string;
          readonly periodsPerYear: number;
          readonly riskFreeRate: number;
          readonly calendar: string;
        };
      };
      readonly nav: {
        readonly data: ReadonlyArray<Json>;
        readonly rowCount: number;
        readonly truncated: boolean;
        readonly notes: ReadonlyArray<string>;
        readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string; readonly unit: string | null }>;
      };
      readonly yearly: { readonly data: ReadonlyArray<Json> };
      readonly monthly: {
        readonly data: ReadonlyArray<Json>;
        readonly columns: ReadonlyArray<{ readonly name: string }>;
      };
    };
  } | null;
};

export type AllMetricsFragment = {
  readonly totalReturn: number;
  readonly annualizedReturn: number;
  readonly annualizedVolatility: number;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly maxDrawdown: number;
  readonly maxDrawdownFrom: LocalDate | null;
  readonly maxDrawdownTo: LocalDate | null;
  readonly recoveredOn: LocalDate | null;
  readonly calmar: number | null;
  readonly trackingError: number | null;
  readonly informationRatio: number | null;
  readonly beta: number | null;
  readonly winRateWeekly: number | null;
  readonly winRateMonthly: number | null;
  readonly annualTurnover: number | null;
  readonly convention: {
    readonly compounding: string;
    readonly periodsPerYear: number;
    readonly riskFreeRate: number;
    readonly calendar: string;
  };
};

export type PortfolioTableQueryVariables = Exact<{
  key: string;
  weekEnding?: LocalDate | null | undefined;
}>;

export type PortfolioTableQuery = {
  readonly portfolio: {
    readonly id: string;
    readonly name: string;
    readonly rule: SelectionRule;
    readonly size: number;
    readonly rebalance: RebalanceFrequency;
    readonly costBps: number;
    readonly factor: { readonly key: string } | null;
    readonly table: {
      readonly weekEnding: LocalDate;
      readonly weekReturn: number;
      readonly benchmarkWeekReturn: number;
      readonly weekExcess: number;
      readonly monthReturn: number;
      readonly monthExcess: number;
      readonly yearReturn: number;
      readonly yearExcess: number;
      readonly notes: ReadonlyArray<string>;
    };
    readonly holdings: {
      readonly asOf: LocalDate;
      readonly since: LocalDate;
      readonly notes: ReadonlyArray<string>;
      readonly items: ReadonlyArray<{
        readonly weight: number;
        readonly targetWeight: number;
        readonly industry: { readonly code: string; readonly nameZh: string };
      }>;
    };
  } | null;
};

export type PortfoliosQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;

export type PortfoliosQuery = {
  readonly portfolios: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly key: string;
        readonly name: string;
        readonly rule: SelectionRule;
        readonly size: number;
        readonly rebalance: RebalanceFrequency;
        readonly costBps: number;
        readonly factor: { readonly key: string } | null;
      };
    }>;
  };
};

export type RankingWithParametersQueryVariables = Exact<{
  asOf?: LocalDate | null | undefined;
  params: FactorParams;
}>;

export type RankingWithParametersQuery = {
  readonly factor: {
    readonly engineVersion: number;
    readonly changed: {
      readonly asOf: LocalDate;
      readonly previous: LocalDate | null;
      readonly items: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly industry: { readonly code: string; readonly nameEn: string };
      }>;
    };
    readonly published: {
      readonly asOf: LocalDate;
      readonly previous: LocalDate | null;
      readonly items: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly industry: { readonly code: string; readonly nameEn: string };
      }>;
    };
  } | null;
};

export type PlacesFragment = {
  readonly asOf: LocalDate;
  readonly previous: LocalDate | null;
  readonly items: ReadonlyArray<{
    readonly rank: number;
    readonly value: number;
    readonly industry: { readonly code: string; readonly nameEn: string };
  }>;
};

export type RateLimitQueryVariables = Exact<{ [key: string]: never }>;

export type RateLimitQuery = {
  readonly rateLimit: {
    readonly cost: number;
    readonly limit: number;
    readonly remaining: number;
    readonly resetAt: DateTime;
  } | null;
};

export type RegisterModelMutationVariables = Exact<{
  input: RegisterModelInput;
}>;

export type RegisterModelMutation = {
  readonly registerModel: {
    readonly name: string;
    readonly sha256: string;
    readonly validFrom: LocalDate;
    readonly validTo: LocalDate | null;
  };
};

export type RunBacktestMutationVariables = Exact<{
  input: BacktestInput;
}>;

export type RunBacktestMutation = {
  readonly runBacktest: {
    readonly id: string;
    readonly status: JobStatus;
    readonly progress: number;
    readonly from: LocalDate;
    readonly to: LocalDate;
  };
};

export type RunSweepMutationVariables = Exact<{
  input: SweepInput;
}>;

export type RunSweepMutation = {
  readonly runSweep: { readonly id: string; readonly status: JobStatus; readonly combinations: number };
};

export type SweepHeatMapQueryVariables = Exact<{
  id: string;
  offset?: number;
}>;

export type SweepHeatMapQuery = {
  readonly sweep: {
    readonly status: JobStatus;
    readonly progress: number;
    readonly error: string | null;
    readonly combinations: number;
    readonly results: {
      readonly data: ReadonlyArray<Json>;
      readonly rowCount: number;
      readonly truncated: boolean;
      readonly notes: ReadonlyArray<string>;
      readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string; readonly unit: string | null }>;
    } | null;
  } | null;
};

export type ThemesQueryVariables = Exact<{
  asOf?: LocalDate | null | undefined;
  rise: number;
  industry: string;
}>;

export type ThemesQuery = {
  readonly themes: ReadonlyArray<{
    readonly id: string;
    readonly key: string;
    readonly name: string;
    readonly nameEn: string;
    readonly asOf: LocalDate;
    readonly change: number | null;
    readonly sizeWeightedChange: number | null;
    readonly etfCount: number;
    readonly risingAbove: number;
    readonly etfs: {
      readonly totalCount: number;
      readonly edges: ReadonlyArray<{
        readonly node: { readonly code: string; readonly name: string; readonly change: number | null };
      }>;
    };
  }>;
  readonly industry: {
    readonly nameZh: string;
    readonly etfs: {
      readonly totalCount: number;
      readonly edges: ReadonlyArray<{ readonly node: { readonly code: string; readonly name: string } }>;
    };
  } | null;
};

export type WeeklyReportQueryVariables = Exact<{
  weekEnding?: LocalDate | null | undefined;
  language: string;
}>;

export type WeeklyReportQuery = {
  readonly weeklyReport: {
    readonly weekEnding: LocalDate;
    readonly previous: LocalDate;
    readonly published: boolean;
    readonly notes: ReadonlyArray<string>;
    readonly indexNotes: ReadonlyArray<string>;
    readonly risers: number;
    readonly fallers: number;
    readonly industryNotes: ReadonlyArray<string>;
    readonly etfFlowNotes: ReadonlyArray<string>;
    readonly markdown: string;
    readonly indices: ReadonlyArray<{
      readonly code: string;
      readonly name: string | null;
      readonly nameEn: string | null;
      readonly close: number;
      readonly weekReturn: number | null;
      readonly yearReturn: number | null;
      readonly levelsCrossed: ReadonlyArray<number>;
      readonly nextLevel: number | null;
      readonly gapToNextLevel: number | null;
    }>;
    readonly industriesWeek: ReadonlyArray<{
      readonly return: number;
      readonly industry: { readonly code: string; readonly nameZh: string };
    }>;
    readonly industriesYear: ReadonlyArray<{ readonly return: number; readonly industry: { readonly code: string } }>;
    readonly margin: {
      readonly asOf: LocalDate | null;
      readonly latestBalance: number | null;
      readonly change: number | null;
      readonly recordHigh: boolean | null;
      readonly notes: ReadonlyArray<string>;
      readonly rises: ReadonlyArray<{ readonly change: number; readonly industry: { readonly nameZh: string } }>;
      readonly falls: ReadonlyArray<{ readonly change: number; readonly industry: { readonly nameZh: string } }>;
    };
    readonly etfFlows: {
      readonly inflows: ReadonlyArray<{
        readonly weekChange: number | null;
        readonly sizeThen: number | null;
        readonly sizeNow: number | null;
        readonly netFlow: number;
        readonly etf: { readonly code: string; readonly name: string };
      }>;
      readonly outflows: ReadonlyArray<{
        readonly weekChange: number | null;
        readonly sizeThen: number | null;
        readonly sizeNow: number | null;
        readonly netFlow: number;
        readonly etf: { readonly code: string; readonly name: string };
      }>;
      readonly categories: ReadonlyArray<{
        readonly category: string;
        readonly netFlow: number;
        readonly etfCount: number;
      }>;
    } | null;
    readonly models: ReadonlyArray<{
      readonly notes: ReadonlyArray<string>;
      readonly factor: { readonly key: string };
      readonly portfolio: { readonly key: string; readonly name: string };
      readonly top: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly weekChange: number | null;
        readonly industry: { readonly code: string; readonly nameZh: string };
      }>;
      readonly bottom: ReadonlyArray<{
        readonly rank: number;
        readonly value: number;
        readonly industry: { readonly code: string; readonly nameZh: string };
      }>;
      readonly largestRises: ReadonlyArray<{
        readonly rank: number;
        readonly weekChange: number | null;
        readonly industry: { readonly code: string; readonly nameZh: string };
      }>;
      readonly holdings: {
        readonly since: LocalDate;
        readonly items: ReadonlyArray<{
          readonly weight: number;
          readonly industry: { readonly code: string; readonly nameZh: string };
        }>;
      };
      readonly entered: ReadonlyArray<{ readonly nameZh: string }>;
      readonly left: ReadonlyArray<{ readonly nameZh: string }>;
      readonly next: ReadonlyArray<{ readonly nameZh: string }>;
      readonly table: {
        readonly weekReturn: number;
        readonly weekExcess: number;
        readonly monthReturn: number;
        readonly monthExcess: number;
        readonly yearReturn: number;
        readonly yearExcess: number;
      };
      readonly yearly: { readonly data: ReadonlyArray<Json> };
    }>;
    readonly unavailableModels: ReadonlyArray<{
      readonly reason: string;
      readonly portfolio: { readonly key: string };
    }>;
  };
};

/** Research: what a backtest found, once it has succeeded; until then status and progress, and the rest null. */
export const BacktestResult: Operation<'query', BacktestResultQuery, BacktestResultQueryVariables> = {
  kind: 'query',
  name: 'BacktestResult',
  text: 'query BacktestResult($id:ID!){backtest(id:$id){status progress error dataVersion metrics{convention{periodsPerYear riskFreeRate}totalReturn annualizedReturn annualizedVolatility sharpe maxDrawdown maxDrawdownFrom maxDrawdownTo trackingError informationRatio annualTurnover}yearly{columns{name unit}data}table{weekEnding weekReturn weekExcess yearReturn yearExcess}nav{columns{name}data notes}rebalances{date entered{code}left{code}turnover cost}notes}}',
  sha256: '7073190057af784ca25de68b2a7cef93e4f0498ca222653f34fafc8535437e8d',
};

/** Front end, the list of backtests: the newest first, more of them on demand (`after: endCursor`). */
export const Backtests: Operation<'query', BacktestsQuery, BacktestsQueryVariables> = {
  kind: 'query',
  name: 'Backtests',
  text: 'query Backtests($first:Int!=50$after:String){backtests(first:$first after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{id status progress from to error}}}}',
  sha256: '5f0558d40a712dbfb97be333176f5c3ecd2c679ba85b0e91185fddd6c2066449',
};

/** Front end, the two ends of the factor ranking with their moves since the week before. */
export const BestIndustries: Operation<'query', BestIndustriesQuery, BestIndustriesQueryVariables> = {
  kind: 'query',
  name: 'BestIndustries',
  text: 'query BestIndustries($asOf:LocalDate$top:Int$bottom:Int){factor(key:"diffusion"){key ranking(asOf:$asOf top:$top bottom:$bottom){asOf previous items{rank previousRank value weekChange coverage industry{code nameZh week:return(window:WEEK)}}unavailable{industry{code}reason}notes}}}',
  sha256: 'a9ac2c7b2995da1ec75107fa3c39f48c9712670d70adb699aed2da1a3e1c80a6',
};

/** Research: give up a backtest or sweep that waits or is under way. */
export const CancelJob: Operation<'mutation', CancelJobMutation, CancelJobMutationVariables> = {
  kind: 'mutation',
  name: 'CancelJob',
  text: 'mutation CancelJob($id:ID!){cancelJob(id:$id)}',
  sha256: 'dba0dfe239fd26bca1c59aa39adf3e571b85304051bf7b3483a6f27a28197d6a',
};

/** Integrations: keep a portfolio under a key of yours; the same request again is no error. */
export const CreatePortfolio: Operation<'mutation', CreatePortfolioMutation, CreatePortfolioMutationVariables> = {
  kind: 'mutation',
  name: 'CreatePortfolio',
  text: 'mutation CreatePortfolio($input:PortfolioInput!){createPortfolio(input:$input){id key name rule size rebalance costBps}}',
  sha256: 'ea84ca781e0270517f0fc80987fa994523f869abac64ca30bfba2c4fdf219d4e',
};

/** BI, files of prices: daily bars of stocks, by code and date; at /export all of them, here the first of many. */
export const DailyBars: Operation<'query', DailyBarsQuery, DailyBarsQueryVariables> = {
  kind: 'query',
  name: 'DailyBars',
  text: 'query DailyBars($dataset:BarDataset!=STOCK_DAILY$codes:[String!]$from:LocalDate!$to:LocalDate!$adjustment:Adjustment){dailyBars(dataset:$dataset codes:$codes from:$from to:$to adjustment:$adjustment){columns{name type unit description}data rowCount truncated asOf dataVersion notes}}',
  sha256: '2ad29f2144a3749b5070347393cbc27a3da33c75d928cbbb4262405291e7f215',
};

/** BI, before a nightly extract: is the market loaded up to yesterday, and is it real? */
export const DataStatus: Operation<'query', DataStatusQuery, DataStatusQueryVariables> = {
  kind: 'query',
  name: 'DataStatus',
  text: 'query DataStatus{dataStatus{dataVersion synthetic datasets{name rows codes from to importedAt}}}',
  sha256: 'b527f2247faa198879982de91edd915e2ae3a76ac4e3537ba458437f95a5a328',
};

/** Research, is the factor any good: information coefficients and quantile returns over a year. */
export const DiffusionEvaluation: Operation<'query', DiffusionEvaluationQuery, DiffusionEvaluationQueryVariables> = {
  kind: 'query',
  name: 'DiffusionEvaluation',
  text: 'query DiffusionEvaluation($from:LocalDate!$to:LocalDate!$horizonDays:Int!=5){factor(key:"diffusion"){evaluation(from:$from to:$to horizonDays:$horizonDays){observations icMean icStd icir icTStatistic rankIcMean rankIcStd rankIcir rankIcTStatistic positiveShare quantileSpread quantileReturns{columns{name unit}data notes}ic{rowCount columns{name}}}}}',
  sha256: '26c9fb9540b0af38ad272b35b0040e3daac3bc8dbf05248414c8973c2a679313',
};

/** BI, the heat map: the factor of every industry on every trading day, column by column. */
export const DiffusionHistory: Operation<'query', DiffusionHistoryQuery, DiffusionHistoryQueryVariables> = {
  kind: 'query',
  name: 'DiffusionHistory',
  text: 'query DiffusionHistory($from:LocalDate!$to:LocalDate!){factor(key:"diffusion"){history(from:$from to:$to){columns{name type description}data rowCount truncated asOf dataVersion notes}}}',
  sha256: 'f294ef86c210acef8e596b67ece3f5bf7f704c410f01335fcbe50e93560e3322',
};

/** Portfolio desk: funds to buy in place of the industries that a portfolio holds, and how far they would stray. */
export const EtfBasket: Operation<'query', EtfBasketQuery, EtfBasketQueryVariables> = {
  kind: 'query',
  name: 'EtfBasket',
  text: 'query EtfBasket($key:String!$asOf:LocalDate$minAmount:Float!=50000000){portfolio(key:$key){etfBasket(asOf:$asOf minAmount:$minAmount minCorrelation:0.85){asOf coveredWeight trackingError observations items{industry{code nameZh}weight etf{code name}correlation beta observations meanAmount reason}}}}',
  sha256: 'c5ad6aafb4456c9a80aa7e8f4a82238b87460d752043f5a838e971768573fa6d',
};

/** Front end, the page of one fund: its figures, flows, themes, the industries it goes with, and its chart. */
export const EtfDetail: Operation<'query', EtfDetailQuery, EtfDetailQueryVariables> = {
  kind: 'query',
  name: 'EtfDetail',
  text: 'query EtfDetail($code:String!$asOf:LocalDate$from:LocalDate!$to:LocalDate!){etf(code:$code asOf:$asOf){id code name manager indexCode listDate category themes{key name change}asOf close change amount shares nav size premium priceSeries changeSeries day:netFlow(window:DAY)week:netFlow(window:WEEK)month:netFlow(window:MONTH)monthNotes:netFlowNotes(window:MONTH)industries{industry{code nameEn}correlation beta observations}bars(from:$from to:$to){columns{name unit}data notes}}}',
  sha256: '7f6e2d00c700aa5f26f340c4de3cca38be368e7f5860d9da254834752ffd0910',
};

/** Weekly report and BI: where money went among the funds; the week of National Day 2025 is one period. */
export const EtfFlows: Operation<'query', EtfFlowsQuery, EtfFlowsQueryVariables> = {
  kind: 'query',
  name: 'EtfFlows',
  text: 'query EtfFlows($weekEnding:LocalDate){etfFlows(weekEnding:$weekEnding){weekEnding previous inflows{...fundFlow}outflows{...fundFlow}categories{category netFlow etfCount withoutFlow}notes}}fragment fundFlow on EtfFlow{etf{code name}weekChange sizeThen sizeNow netFlow}',
  sha256: '9ce80ea0c4887a2913a0ff74ab5932522e6e22cd3119eaeb3546f2c40ce29fc5',
};

/** Front end, the table of funds: those of a theme or category that were traded enough, more of them on demand (`after`). */
export const EtfList: Operation<'query', EtfListQuery, EtfListQueryVariables> = {
  kind: 'query',
  name: 'EtfList',
  text: 'query EtfList($filter:EtfFilter$orderBy:EtfOrder!=CHANGE_DESC$asOf:LocalDate$first:Int!=50$after:String){etfs(filter:$filter orderBy:$orderBy asOf:$asOf first:$first after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{code name category close change amount size premium netFlow(window:DAY)}}}}',
  sha256: '42dc8ef0cfece967674f933a44ee594eff8817b2a637ba2bf038421cd3bb1915',
};

/** Integrations, before anything is asked of a factor: which there are, and what they measure. */
export const Factors: Operation<'query', FactorsQuery, FactorsQueryVariables> = {
  kind: 'query',
  name: 'Factors',
  text: 'query Factors{factors{key name description engineVersion}}',
  sha256: '85b29df414b9ece92d83c77d9fcf8b2911a9c4a930dc1e7ddaf7109fa749cb16',
};

/** Anyone, the first query of the README: the six industries with the highest diffusion index. */
export const FirstQuery: Operation<'query', FirstQueryQuery, FirstQueryQueryVariables> = {
  kind: 'query',
  name: 'FirstQuery',
  text: 'query FirstQuery{factor(key:"diffusion"){ranking(top:6){asOf items{rank value industry{code nameZh nameEn}}}}}',
  sha256: '82e302e6104919201d2b2f5371b93396ce4be4b149b11b770c19994fd57008ed',
};

/** Analysts: both factors of the weekly report side by side, and why an industry has no GRU value. */
export const GruRanking: Operation<'query', GruRankingQuery, GruRankingQueryVariables> = {
  kind: 'query',
  name: 'GruRanking',
  text: 'query GruRanking($asOf:LocalDate){diffusion:factor(key:"diffusion"){...Ends}gru:factor(key:"gru"){...Ends}}fragment Ends on Factor{key ranking(asOf:$asOf top:6 bottom:6){asOf items{rank value coverage weekChange industry{code nameZh}}unavailable{reason industry{code}}notes}}',
  sha256: 'b2f715da546a828fd861d812f331b371059472e46296409726c52d4d606d7f4c',
};

/** Portfolio managers: what the weekly GRU portfolio swapped, and its line of the weekly table. */
export const GruWeekly: Operation<'query', GruWeeklyQuery, GruWeeklyQueryVariables> = {
  kind: 'query',
  name: 'GruWeekly',
  text: 'query GruWeekly($week:LocalDate!$from:LocalDate!){portfolio(key:"gru-weekly"){name rule size rebalance changes(from:$from to:$week){date entered{nameEn}left{nameEn}}holdings(asOf:$week){since items{weight industry{nameEn}}notes}table(weekEnding:$week){weekReturn weekExcess monthReturn monthExcess}}}',
  sha256: '3a762e11c1f7224973e33b59bde7c67b146546404488459dcc7741bb81b062a0',
};

/** Front end, the table of all industries: last close and the change over the week, the month and the year. */
export const IndustriesWeek: Operation<'query', IndustriesWeekQuery, IndustriesWeekQueryVariables> = {
  kind: 'query',
  name: 'IndustriesWeek',
  text: 'query IndustriesWeek($asOf:LocalDate$scheme:IndustryScheme!=CITIC_L1){industries(scheme:$scheme asOf:$asOf){code nameZh nameEn asOf close week:return(window:WEEK)month:return(window:MONTH)year:return(window:YEAR)diffusion:factorValue(factor:"diffusion")}}',
  sha256: 'f0263c30de2e9a79d09c344e96d6254e96b9ce1dbf7c8b0a62a3220bb1de0baf',
};

/** Front end, the page of one industry: its chart and its heaviest members, more of them on demand (`after: endCursor`). */
export const IndustryDetail: Operation<'query', IndustryDetailQuery, IndustryDetailQueryVariables> = {
  kind: 'query',
  name: 'IndustryDetail',
  text: 'query IndustryDetail($code:String!$asOf:LocalDate$from:LocalDate!$to:LocalDate!$first:Int!=50$after:String){industry(code:$code asOf:$asOf){id code scheme nameZh nameEn asOf close day:return(window:DAY)week:return(window:WEEK)closes(from:$from to:$to){columns{name type unit}data rowCount truncated asOf dataVersion notes}members(first:$first after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{stock name weight weightDate hindsight}}}}}',
  sha256: 'ec8e77dbbb041e21b2e54a598c5aeb2e201ba7028a8cec4f8d070d2a8d7a35b6',
};

/** Front end, the progress bar of a backtest or sweep, over WebSocket or server-sent events; ends with the job. */
export const JobProgress: Operation<'subscription', JobProgressSubscription, JobProgressSubscriptionVariables> = {
  kind: 'subscription',
  name: 'JobProgress',
  text: 'subscription JobProgress($id:ID!){jobProgress(id:$id){id status progress message}}',
  sha256: 'a3b002d4433608d85e268b7001221b1b27e7f4b265da3da7129284895209fb36',
};

/** Weekly report and BI: margin financing of the market over a week, and the industries it went into and out of. */
export const MarginFinancing: Operation<'query', MarginFinancingQuery, MarginFinancingQueryVariables> = {
  kind: 'query',
  name: 'MarginFinancing',
  text: 'query MarginFinancing($from:LocalDate!$to:LocalDate!){marginFinancing(from:$from to:$to){asOf base latestBalance change recordHigh market{columns{name unit}data rowCount}rises{...industryMargin}falls{...industryMargin}notes}}fragment industryMargin on IndustryMargin{industry{code nameZh}balance change stocks leftOut}',
  sha256: 'dab9df4f0e68733475cce16799ceecfa7436e9ebbdbe4486bb5a95293b205560',
};

/** News desk and bots: the facts of a close and of a moment during the day, with a sentence made of them. */
export const MarketFlash: Operation<'query', MarketFlashQuery, MarketFlashQueryVariables> = {
  kind: 'query',
  name: 'MarketFlash',
  text: 'query MarketFlash($close:DateTime$during:DateTime){close:marketFlash(at:$close){...facts etfsAbove(change:0.02 first:3){totalCount edges{node{code name change}}}chinese:headline(language:"zh")}during:marketFlash(at:$during){...facts}}fragment facts on MarketFlash{at date closed levels{index nameEn level touched closedAbove previousAbove}leadingEtf{code name change}eventCount events(first:20){kind code name streak close change since}headline notes}',
  sha256: 'cf6519a389eb487aae03268be179a670e0c227ca0a7d68235fd4fa24136cd33c',
};

/** Model keepers: which model scores which dates, what it was trained on, and how it did on dates it had not seen. */
export const Models: Operation<'query', ModelsQuery, ModelsQueryVariables> = {
  kind: 'query',
  name: 'Models',
  text: 'query Models{models{name featureSpec trainedFrom trainedTo validFrom validTo sha256 metrics}}',
  sha256: 'e9a74acfa1e09d2f6ff18289014ccd3e085ea08ebbdfc7fa2fb2473e8d3cca4a',
};

/** Front-end caches (Relay): refetch one thing by its id alone. */
export const Node: Operation<'query', NodeQuery, NodeQueryVariables> = {
  kind: 'query',
  name: 'Node',
  text: 'query Node($id:ID!){node(id:$id){__typename id ...on Industry{code nameZh asOf close}}}',
  sha256: 'ecf81cf17e136312de676924976c4f3442027020307ae55462cd763e138f398c',
};

/** Weekly report: what came into a portfolio and what went, rebalance by rebalance, with turnover and cost. */
export const PortfolioChanges: Operation<'query', PortfolioChangesQuery, PortfolioChangesQueryVariables> = {
  kind: 'query',
  name: 'PortfolioChanges',
  text: 'query PortfolioChanges($key:String!$from:LocalDate!$to:LocalDate!){portfolio(key:$key){changes(from:$from to:$to){date entered{code nameZh}left{code nameZh}unpriced{code}turnover cost notes}}}',
  sha256: 'a7a105bd8bf5aa209a76a2de13bf81c6d09362dc2e7e69c7ea1e8fe9e7c3f52c',
};

/** Front end, the page of a portfolio: risk figures with their convention, the net value chart and returns by year. */
export const PortfolioPerformance: Operation<'query', PortfolioPerformanceQuery, PortfolioPerformanceQueryVariables> = {
  kind: 'query',
  name: 'PortfolioPerformance',
  text: 'query PortfolioPerformance($key:String!$from:LocalDate!$to:LocalDate!){portfolio(key:$key){performance(from:$from to:$to){from to metrics{...AllMetrics}nav{columns{name type unit}data rowCount truncated notes}yearly{data}monthly{columns{name}data}}}}fragment AllMetrics on Metrics{convention{compounding periodsPerYear riskFreeRate calendar}totalReturn annualizedReturn annualizedVolatility sharpe sortino maxDrawdown maxDrawdownFrom maxDrawdownTo recoveredOn calmar trackingError informationRatio beta winRateWeekly winRateMonthly annualTurnover}',
  sha256: 'da556d7f98eced3a50d7113f1ef8afc8fa054aeb56a107c8cf60db1c96a5c36e',
};

/** Weekly report: a portfolio's line of the table, week, month and year with their excesses, and what it holds. */
export const PortfolioTable: Operation<'query', PortfolioTableQuery, PortfolioTableQueryVariables> = {
  kind: 'query',
  name: 'PortfolioTable',
  text: 'query PortfolioTable($key:String!$weekEnding:LocalDate){portfolio(key:$key){id name rule size rebalance costBps factor{key}table(weekEnding:$weekEnding){weekEnding weekReturn benchmarkWeekReturn weekExcess monthReturn monthExcess yearReturn yearExcess notes}holdings(asOf:$weekEnding){asOf since notes items{weight targetWeight industry{code nameZh}}}}}',
  sha256: '672aef55fafc79967e7bc1bcd999fae2bf07af852fbb729c29c5ca9c86db8928',
};

/** Front end, the list of portfolios: how each chooses, more of them on demand (`after: endCursor`). */
export const Portfolios: Operation<'query', PortfoliosQuery, PortfoliosQueryVariables> = {
  kind: 'query',
  name: 'Portfolios',
  text: 'query Portfolios($first:Int!=50$after:String){portfolios(first:$first after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{id key name rule size rebalance costBps factor{key}}}}}',
  sha256: '820a48026a39bf547ae7e1e1509d8a091e2a15c2ae0452cba3b0c79fb2eedc3a',
};

/** Research integrations: the ranking under other parameters than the published ones, beside the published ones. */
export const RankingWithParameters: Operation<
  'query',
  RankingWithParametersQuery,
  RankingWithParametersQueryVariables
> = {
  kind: 'query',
  name: 'RankingWithParameters',
  text: 'query RankingWithParameters($asOf:LocalDate$params:FactorParams!){factor(key:"diffusion"){engineVersion changed:ranking(asOf:$asOf params:$params top:6){...Places}published:ranking(asOf:$asOf top:6){...Places}}}fragment Places on Ranking{asOf previous items{rank value industry{code nameEn}}}',
  sha256: '89fc3eb60d0743c784246b3062b6c48d5b12ccaf8a9775957180a37f87be6669',
};

/** Integrations: how much the caller may still spend in this minute; null where nothing is limited. */
export const RateLimit: Operation<'query', RateLimitQuery, RateLimitQueryVariables> = {
  kind: 'query',
  name: 'RateLimit',
  text: 'query RateLimit{rateLimit{cost limit remaining resetAt}}',
  sha256: '0f7d7e54352260237114140b9487b50a508ba801f4fa9c3b60708fbf7a1b7421',
};

/** Model keepers: take in a model of the GRU factor, its file in base64 (larger ones go through `lundong model add`). */
export const RegisterModel: Operation<'mutation', RegisterModelMutation, RegisterModelMutationVariables> = {
  kind: 'mutation',
  name: 'RegisterModel',
  text: 'mutation RegisterModel($input:RegisterModelInput!){registerModel(input:$input){name sha256 validFrom validTo}}',
  sha256: '7128266e17c65f7449e35b34907891ad54d6a6139b7423fad37911ea7d5b2ec9',
};

/** Research: queue a backtest and keep its id; the same work on the same data gives the same backtest again. */
export const RunBacktest: Operation<'mutation', RunBacktestMutation, RunBacktestMutationVariables> = {
  kind: 'mutation',
  name: 'RunBacktest',
  text: 'mutation RunBacktest($input:BacktestInput!){runBacktest(input:$input){id status progress from to}}',
  sha256: 'f87749bfbf92f42f252324b5fae2d81593b15fc73e8686a0580147c9ff24ad21',
};

/** Research: every combination of look-backs, sizes and frequencies in one job. */
export const RunSweep: Operation<'mutation', RunSweepMutation, RunSweepMutationVariables> = {
  kind: 'mutation',
  name: 'RunSweep',
  text: 'mutation RunSweep($input:SweepInput!){runSweep(input:$input){id status combinations}}',
  sha256: '723726a1688c8e1ddbf1ce39f25a6c854b2afa7bcedda868df937d861c0fe4f5',
};

/** Research, the heat map: one row a combination, up to 2,000 at once (offset leads on); four columns say which, the others are metrics. */
export const SweepHeatMap: Operation<'query', SweepHeatMapQuery, SweepHeatMapQueryVariables> = {
  kind: 'query',
  name: 'SweepHeatMap',
  text: 'query SweepHeatMap($id:ID!$offset:Int!=0){sweep(id:$id){status progress error combinations results(offset:$offset){columns{name type unit}data rowCount truncated notes}}}',
  sha256: 'b2f4b850cb836a4d6495251009a79c2be4aa270ade127baa26989c31a06df052',
};

/** Front end, the map of themes: the strongest first, each with its leading funds; and the funds that follow an industry. */
export const Themes: Operation<'query', ThemesQuery, ThemesQueryVariables> = {
  kind: 'query',
  name: 'Themes',
  text: 'query Themes($asOf:LocalDate$rise:Float!$industry:String!){themes(asOf:$asOf){id key name nameEn asOf change sizeWeightedChange etfCount risingAbove(change:$rise)etfs(first:2){totalCount edges{node{code name change}}}}industry(code:$industry asOf:$asOf){nameZh etfs(first:3){totalCount edges{node{code name}}}}}',
  sha256: '17aea115ff58bce14397a79c925fe29978c25d9bc22ce848edafde986faa1bc0',
};

/** Weekly report: every section's figures for a page of one's own, and the whole as Markdown for a mail or an archive. */
export const WeeklyReport: Operation<'query', WeeklyReportQuery, WeeklyReportQueryVariables> = {
  kind: 'query',
  name: 'WeeklyReport',
  text: 'query WeeklyReport($weekEnding:LocalDate$language:String!){weeklyReport(weekEnding:$weekEnding){weekEnding previous published notes indices{code name nameEn close weekReturn yearReturn levelsCrossed nextLevel gapToNextLevel}indexNotes risers fallers industriesWeek{return industry{code nameZh}}industriesYear{return industry{code}}industryNotes margin{asOf latestBalance change recordHigh rises{change industry{nameZh}}falls{change industry{nameZh}}notes}etfFlows{inflows{weekChange sizeThen sizeNow netFlow etf{code name}}outflows{weekChange sizeThen sizeNow netFlow etf{code name}}categories{category netFlow etfCount}}etfFlowNotes models{factor{key}portfolio{key name}top{rank value weekChange industry{code nameZh}}bottom{rank value industry{code nameZh}}largestRises{rank weekChange industry{code nameZh}}holdings{since items{weight industry{code nameZh}}}entered{nameZh}left{nameZh}next{nameZh}table{weekReturn weekExcess monthReturn monthExcess yearReturn yearExcess}yearly{data}notes}unavailableModels{portfolio{key}reason}markdown(language:$language)}}',
  sha256: '2b2a3ba015b6414b855aada44a48f4abfbd9f061caa49b215702db8ddeaa052c',
};
