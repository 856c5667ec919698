import { FEATURES } from '../../domain/intraday-features.js';
import { PriceChain } from '../../domain/price-chain.js';
import { positionsIn } from '../../domain/sorted-codes.js';
import type { CrossSection } from './cross-section-source.js';
import { NpyFile } from './npy-file.js';

const FEATURES_FILE = 'features.npy';
const PRICES_FILE = 'prices.npy';
const PRESENT_FILE = 'present.npy';

export const ARRAY_FILES = [FEATURES_FILE, PRICES_FILE, PRESENT_FILE] as const;

/**
 * The arrays of an export, written date by date: features float32 dates × stocks × 12, NaN where missing; prices float64
 * dates × stocks, NaN on days without bars; present uint8 dates × stocks, 1 on days with bars.
 */
export class FeatureArrays {
  private readonly chain: PriceChain;

  private constructor(
    private readonly features: NpyFile,
    private readonly prices: NpyFile,
    private readonly present: NpyFile,
    private readonly codes: readonly string[],
  ) {
    this.chain = new PriceChain(codes.length);
  }

  /**
   * @param path of each of ARRAY_FILES, where nothing may be yet
   * @param codes ascending; every stock that will come
   */
  static async create(path: (name: string) => string, dates: number, codes: readonly string[]): Promise<FeatureArrays> {
    const shape = [dates, codes.length];
    const opened: NpyFile[] = [];
    const create = async (...args: Parameters<typeof NpyFile.create>): Promise<NpyFile> => {
      const file = await NpyFile.create(...args);
      opened.push(file);
      return file;
    };
    try {
      return new FeatureArrays(
        await create(path(FEATURES_FILE), 'float32', [...shape, FEATURES.length]),
        await create(path(PRICES_FILE), 'float64', shape),
        await create(path(PRESENT_FILE), 'uint8', shape),
        codes,
      );
    } catch (error) {
      for (const file of opened) await file.close();
      throw error;
    }
  }

  /** @param section of the next date; null where there were no bars */
  async write(section: CrossSection | null): Promise<void> {
    const width = FEATURES.length;
    const features = new Float32Array(this.codes.length * width).fill(Number.NaN);
    const present = new Uint8Array(this.codes.length);
    const columns = section === null ? new Int32Array(0) : positionsIn(this.codes, section.codes);
    columns.forEach((column, row) => {
      present[column] = 1;
      features.set((section as CrossSection).features.subarray(row * width, (row + 1) * width), column * width);
    });
    const none = new Float64Array(0);
    await this.features.write(features);
    await this.prices.write(this.chain.next(columns, section?.closes ?? none, section?.dayReturns ?? none));
    await this.present.write(present);
  }

  /** @throws Error where dates are missing */
  assertWhole(): void {
    for (const file of [this.features, this.prices, this.present]) file.assertWhole();
  }

  async close(): Promise<void> {
    for (const file of [this.features, this.prices, this.present]) await file.close();
  }
}
