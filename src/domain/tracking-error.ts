/** One holding of a target and what stands in for it. */
export interface TrackingLeg {
  /** Share of the target, a fraction; all legs together 1. */
  readonly weight: number;
  /** Daily returns of the holding; NaN where there is none. */
  readonly target: Float64Array;
  /** Daily returns of its stand-in; null where nothing stands in for it. */
  readonly standIn: Float64Array | null;
}

export interface Tracking {
  /** Per year, a fraction; null with fewer than {@link TRACKING_MIN_OBSERVATIONS} days or without a stand-in. */
  readonly trackingError: number | null;
  /** Days on which every return is known. */
  readonly observations: number;
}

/** A quarter of a year. */
export const TRACKING_MIN_OBSERVATIONS = 60;

/**
 * How far a basket of stand-ins strays from its target, both held at the same weights throughout (reset every day):
 *
 *     d(t) = Σ s(i)·basket(i, t) − Σ w(i)·target(i, t),   tracking error = sd(d)·√periods   (ddof 1)
 *
 * s is w over the legs that have a stand-in, scaled to 1: the money of the others is spread over them, so that what
 * cannot be bought counts as straying. A day that lacks any return is left out.
 *
 * @param legs with as many days each
 */
export function basketTracking(legs: readonly TrackingLeg[], periodsPerYear: number): Tracking {
  const covered = legs.reduce((sum, { weight, standIn }) => sum + (standIn === null ? 0 : weight), 0);
  if (covered === 0) return { trackingError: null, observations: 0 };
  const days = legs[0]?.target.length ?? 0;
  const differences: number[] = [];
  for (let day = 0; day < days; day++) {
    let difference = 0;
    for (const { weight, target, standIn } of legs) {
      difference -= weight * target[day];
      if (standIn !== null) difference += (weight / covered) * standIn[day];
    }
    if (!Number.isNaN(difference)) differences.push(difference);
  }
  const observations = differences.length;
  if (observations < TRACKING_MIN_OBSERVATIONS) return { trackingError: null, observations };
  const mean = differences.reduce((sum, value) => sum + value, 0) / observations;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { trackingError: Math.sqrt((squares / (observations - 1)) * periodsPerYear), observations };
}
