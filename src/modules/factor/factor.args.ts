import { Field, InputType, Int, registerEnumType } from 'type-graphql';
import type { DiffusionRule, DiffusionWeighting } from '../../domain/diffusion-params.js';

const DiffusionRuleEnum: { [K in DiffusionRule]: K } = { ROC: 'ROC', MA: 'MA' };
registerEnumType(DiffusionRuleEnum, {
  name: 'DiffusionRule',
  description: 'When a stock counts as rising.',
  valuesConfig: {
    ROC: { description: 'Close above the close `lookback` trading days before.' },
    MA: { description: 'Close above the mean of the last `lookback` closes, its own included.' },
  },
});

export const WeightingEnum: { [K in DiffusionWeighting]: K } = { EQUAL: 'EQUAL', CAP: 'CAP' };
registerEnumType(WeightingEnum, {
  name: 'Weighting',
  description: 'How members count.',
  valuesConfig: {
    EQUAL: { description: 'Every member alike.' },
    CAP: { description: 'By free-float capitalisation: the weight of the weight date, drifted by price since.' },
  },
});

@InputType('DiffusionParams', { description: 'Parameters of the diffusion index.' })
class DiffusionParamsInput {
  @Field(() => Int, { nullable: true, defaultValue: 220, description: 'Look-back in trading days, 1 to 1000.' })
  lookback?: number | null;

  @Field(() => DiffusionRuleEnum, {
    nullable: true,
    defaultValue: 'ROC',
    description: 'When a stock counts as rising.',
  })
  rule?: DiffusionRule | null;

  @Field(() => WeightingEnum, { nullable: true, defaultValue: 'CAP', description: 'How members count.' })
  weighting?: DiffusionWeighting | null;

  @Field(() => [Int], {
    nullable: true,
    defaultValue: [],
    description:
      'Windows, in trading days, of up to two simple moving averages applied one after the other; each 1 to 250.',
  })
  smoothing?: number[] | null;
}

@InputType('GruParams', { description: 'Parameters of the GRU factor.' })
class GruParamsInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Name of the one model to score with, on the dates it may score; left out, each date is scored by the newest model that may.',
  })
  model?: string | null;

  @Field(() => WeightingEnum, { nullable: true, defaultValue: 'CAP', description: 'How members count.' })
  weighting?: DiffusionWeighting | null;
}

@InputType('FactorParams', { description: 'Parameters of a factor: set the field named like its key.' })
export class FactorParamsInput {
  @Field(() => DiffusionParamsInput, { nullable: true, description: 'For the factor `diffusion`.' })
  diffusion?: DiffusionParamsInput | null;

  @Field(() => GruParamsInput, { nullable: true, description: 'For the factor `gru`.' })
  gru?: GruParamsInput | null;
}
