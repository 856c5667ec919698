import { Field, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { ModelVersion } from '../../domain/model-version.js';
import { NodeType } from '../../graphql/types/node.type.js';
import { DateTime, Json, LocalDate } from '../../graphql/types/scalars.js';

@ObjectType('ModelVersion', {
  description:
    'A trained model that scores stocks. Of those valid on a date the one with the latest `validFrom` scores it.',
  implements: NodeType,
  simpleResolvers: true,
})
export class ModelVersionType extends NodeType {
  @Field(() => String, { description: 'Name; it never comes to mean another model.' })
  readonly name: string;

  @Field(() => String, { description: 'SHA-256 of its ONNX file, 64 hexadecimal digits.' })
  readonly sha256: string;

  @Field(() => String, { description: 'Id of the features it reads, `intraday-v1`.' })
  readonly featureSpec: string;

  @Field(() => Int, {
    description: 'Version of these features that it was trained on; where the server’s is another, it scores no date.',
  })
  readonly specVersion: number;

  @Field(() => Int, { description: 'Trading days it looks back, the scored one included.' })
  readonly window: number;

  @Field(() => Int, { description: 'Numbers it reads of each stock and day.' })
  readonly features: number;

  @Field(() => String, { description: 'Which stocks it was trained on, in words.' })
  readonly universe: string;

  @Field(() => String, { description: 'What it foretells, in words.' })
  readonly label: string;

  @Field(() => Int, { description: 'Trading days that the label looks ahead.' })
  readonly horizonDays: number;

  @Field(() => Int, { description: 'Trading days left out between training and validation samples.' })
  readonly embargoDays: number;

  @Field(() => LocalDate, { description: 'First feature date of a training or validation sample.' })
  readonly trainedFrom: LocalDateValue;

  @Field(() => LocalDate, { description: 'Last feature date of a training or validation sample.' })
  readonly trainedTo: LocalDateValue;

  @Field(() => LocalDate, { description: 'Last date whose prices any label used; always before `validFrom`.' })
  readonly labelsTo: LocalDateValue;

  @Field(() => LocalDate, { description: 'First date it may score, inclusive.' })
  readonly validFrom: LocalDateValue;

  @Field(() => LocalDate, { nullable: true, description: 'Last date it may score, inclusive; null = without end.' })
  readonly validTo: LocalDateValue | null;

  @Field(() => Json, { description: 'Layers and their sizes, as training told them.' })
  readonly architecture: unknown;

  @Field(() => String, { description: 'What it was trained and exported with.' })
  readonly framework: string;

  @Field(() => LocalDate, { description: 'Date of the training.' })
  readonly trainedAt: LocalDateValue;

  @Field(() => Json, {
    description:
      'Figures of its validation and of dates it had not seen, as training told them: information coefficients by month and over all.',
  })
  readonly metrics: unknown;

  @Field(() => DateTime, { description: 'When it was registered here.' })
  readonly registeredAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was withdrawn; it scores nothing since. Null = it was not.',
  })
  readonly withdrawnAt: Date | null;

  constructor(model: ModelVersion) {
    super();
    this.name = model.name;
    this.sha256 = model.sha256;
    this.featureSpec = model.featureSpec;
    this.specVersion = model.specVersion;
    this.window = model.window;
    this.features = model.features;
    this.universe = model.universe;
    this.label = model.label;
    this.horizonDays = model.horizonDays;
    this.embargoDays = model.embargoDays;
    this.trainedFrom = model.trainedFrom;
    this.trainedTo = model.trainedTo;
    this.labelsTo = model.labelsTo;
    this.validFrom = model.validFrom;
    this.validTo = model.validTo;
    this.architecture = model.architecture;
    this.framework = model.framework;
    this.trainedAt = model.trainedAt;
    this.metrics = model.metrics;
    this.registeredAt = model.registeredAt;
    this.withdrawnAt = model.withdrawnAt;
  }

  protected override get identity(): { type: string; key: string } {
    return { type: 'ModelVersion', key: this.name };
  }
}
