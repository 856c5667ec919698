import { Field, InputType } from 'type-graphql';
import { Json } from '../../graphql/types/scalars.js';

@InputType('RegisterModelInput', { description: 'A trained model and what is to be known of it.' })
export class RegisterModelInput {
  @Field(() => Json, {
    description:
      'The manifest as training wrote it: name, file, sha256, featureSpec, specVersion, window, features, universe, label, horizonDays, embargoDays, trainedFrom, trainedTo, labelsTo, validFrom, validTo, seed, architecture, framework, trainedAt, metrics. All of them; `labelsTo` must lie before `validFrom`, not before `horizonDays` weekdays after `trainedTo` have passed, and not after `trainedAt`; `embargoDays` must not be less than `horizonDays`; `validTo` may be null, without end.',
  })
  manifest!: unknown;

  @Field(() => String, {
    description:
      'The ONNX file in base64: input `x` float32 [batch, window, features], output `score` float32 [batch], the batch of any size. A request may have 1 MiB; larger files go through `lundong model add`.',
  })
  onnxBase64!: string;
}
