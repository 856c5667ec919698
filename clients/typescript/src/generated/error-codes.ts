// Written by `npm run client:build` from schema/ and docs/errors.md; changes belong there.

/** What the server may say is wrong; docs/errors.md of the server has for each what to do about it. */
export type ServerErrorCode =
  /** An argument has the right type but no possible value: `top: 0`, `lookback: 5000`, `first: 501`, an id that is none. */
  | 'INVALID_ARGUMENT'
  /** A text is no date, or a day that must be a trading day is none. */
  | 'INVALID_DATE'
  /** `from` lies after `to`, or a range holds no trading day of the data where one is needed. */
  | 'INVALID_RANGE'
  /** A date, or the end of a range, lies before the first day of the data. */
  | 'DATE_BEFORE_DATA'
  /** No industry has the code. */
  | 'UNKNOWN_INDUSTRY'
  /** No factor has the key. */
  | 'UNKNOWN_FACTOR'
  /** No fund of the list has the code. */
  | 'UNKNOWN_ETF'
  /** No theme has the key. */
  | 'UNKNOWN_THEME'
  /** No portfolio has the key. */
  | 'UNKNOWN_PORTFOLIO'
  /** Another portfolio has the key, another model the name, or the idempotency key was used for other work. */
  | 'KEY_TAKEN'
  /** No backtest or sweep has the id. */
  | 'UNKNOWN_JOB'
  /** `/export` is asked for a documented operation by a name that none has. */
  | 'UNKNOWN_OPERATION'
  /** What `/export` is asked for is no query, or not the values of one table outside of lists, or the table is null. */
  | 'NOT_ONE_TABLE'
  /** The data set that an answer rests on has not been imported. */
  | 'NO_DATA'
  /** A model’s manifest, file, inputs or outputs are not as they must be, or its file is not the one that was registered. */
  | 'MODEL_INVALID'
  /** `after` is no cursor of this list. */
  | 'INVALID_CURSOR'
  /** The document is too long, too deep, has too many fields with its fragments written out, aliases or root fields, or would cost more than one operation may. */
  | 'COST_LIMIT'
  /** No key or token came with the request, or one that is unknown, has expired or was revoked. */
  | 'UNAUTHENTICATED'
  /** The key lacks the scope that a field of the root asks for. */
  | 'FORBIDDEN'
  /** The issuer's keys, which tokens are checked with, cannot be had. */
  | 'AUTHENTICATION_UNAVAILABLE'
  /** More points than the caller has left in this minute, too many dear operations at once, sockets or streams. */
  | 'RATE_LIMITED'
  /** The operation took longer than it may, or a GRU model gave no scores in time; what had not begun by then is not done. */
  | 'TIMEOUT'
  /** The server does not tell its schema. */
  | 'INTROSPECTION_OFF'
  /** The server executes the operations of its folder alone, and this is none of them. */
  | 'UNTRUSTED_DOCUMENT'
  /** As much waits as there is room for: requests, factor computations, queries of market data, sequences for the GRU models, jobs, sockets, streams. */
  | 'OVERLOADED'
  /** The server is being stopped: it takes no new work, and breaks off what does not end within `STOP_TIMEOUT`. */
  | 'STOPPING'
  /** PostgreSQL cannot be started or reached; what is in memory is answered all the same. */
  | 'DATABASE_UNAVAILABLE'
  /** A disk is full, or the folder of the models cannot be written; an import has changed nothing then. */
  | 'STORAGE_UNAVAILABLE'
  /** The document is not GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document asks for what the schema does not have. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** A variable does not fit its type. */
  | 'BAD_USER_INPUT'
  /** The document has several operations and no `operationName`, or none of that name. */
  | 'OPERATION_RESOLUTION_FAILURE'
  /** The body is empty, is no JSON or is no GraphQL request; batches; a GET without preflight header; a method, `Accept` or `Host` header that cannot be served. */
  | 'BAD_REQUEST'
  /** The hash of an automatic persisted query is not known (yet). */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** Nothing is at this path, or not under this method. */
  | 'NOT_FOUND'
  /** The body is larger than 1 MiB. */
  | 'PAYLOAD_TOO_LARGE'
  /** The body is not declared as JSON. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** A fault of ours. */
  | 'INTERNAL';
