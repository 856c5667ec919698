/** First-level industry classifications; `CITIC_L1` has 30 industries, `SW_L1` (Shenwan) 31. */
export type IndustryScheme = 'CITIC_L1' | 'SW_L1';

export interface Industry {
  readonly code: string;
  readonly scheme: IndustryScheme;
  readonly nameZh: string;
  readonly nameEn: string;
}
