import { Field, Float, InputType, registerEnumType } from 'type-graphql';
import type { EtfConditions, EtfOrder } from './etf-list.js';

export const EtfOrderEnum: { [K in EtfOrder]: K } = {
  CHANGE_DESC: 'CHANGE_DESC',
  CHANGE_ASC: 'CHANGE_ASC',
  AMOUNT_DESC: 'AMOUNT_DESC',
  FLOW_DESC: 'FLOW_DESC',
  FLOW_ASC: 'FLOW_ASC',
  SIZE_DESC: 'SIZE_DESC',
  CODE_ASC: 'CODE_ASC',
};
registerEnumType(EtfOrderEnum, {
  name: 'EtfOrder',
  description: 'How funds are listed. Those without the figure come last, equal ones by code.',
  valuesConfig: {
    CHANGE_DESC: { description: 'Highest `change` first.' },
    CHANGE_ASC: { description: 'Lowest `change` first.' },
    AMOUNT_DESC: { description: 'Highest `amount` first.' },
    FLOW_DESC: { description: 'Highest net flow of the day first: `netFlow(window: DAY)`.' },
    FLOW_ASC: { description: 'Lowest net flow of the day (the largest outflow) first: `netFlow(window: DAY)`.' },
    SIZE_DESC: { description: 'Highest `size` first.' },
    CODE_ASC: { description: 'By code.' },
  },
});

@InputType('EtfFilter', { description: 'Which funds to list: those that meet every condition given.' })
export class EtfFilterInput implements EtfConditions {
  @Field(() => String, { nullable: true, description: 'Key of a theme, of the query themes.' })
  theme?: string | null;

  @Field(() => String, { nullable: true, description: 'One of the ten categories, e.g. `TMT`.' })
  category?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Code of an industry that the fund follows: of all industries of its scheme the one its daily returns correlate with most over 250 trading days, at least 0.8. Funds known by name to follow something else (bonds, a broad index) follow none.',
  })
  industry?: string | null;

  @Field(() => Float, { nullable: true, description: 'Least `change`, a fraction.' })
  minChange?: number | null;

  @Field(() => Float, { nullable: true, description: 'Highest `change`, a fraction.' })
  maxChange?: number | null;

  @Field(() => Float, { nullable: true, description: 'Least `amount`, yuan.' })
  minAmount?: number | null;

  @Field(() => String, { nullable: true, description: 'Part of the name, whatever its case; at most 100 characters.' })
  nameContains?: string | null;
}
