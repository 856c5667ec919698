import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { ListSize, RequiresScope } from '../../graphql/schema-extensions.js';
import { RegisterModelInput } from './model.args.js';
import type { ModelService } from './model.service.js';
import { ModelVersionType } from './model.type.js';

@Resolver(() => ModelVersionType)
export class ModelResolver {
  constructor(private readonly modelService: ModelService) {}

  @RequiresScope('read')
  @ListSize(30)
  @Query(() => [ModelVersionType], { description: 'Every model that was ever registered, by name.' })
  @Repeatable()
  models(@Ctx() { market }: RequestContext): ModelVersionType[] {
    return market.models.map((model) => new ModelVersionType(model));
  }

  @RequiresScope('admin')
  @Mutation(() => ModelVersionType, {
    // Trials hold threads of the pool, and a line waits behind them: not many in one operation.
    complexity: 2000,
    description:
      'Takes a model in: its file is hashed, its operators, inputs and outputs are checked, and it is run in batches of several sizes. The same one again changes nothing; another one under a taken name is KEY_TAKEN. `models` shows it as soon as the server has taken up the new version of the data.',
  })
  async registerModel(
    @Arg('input', () => RegisterModelInput, { description: 'The model.' }) input: RegisterModelInput,
    @Ctx() { caller }: RequestContext,
  ): Promise<ModelVersionType> {
    return new ModelVersionType(await this.modelService.register(caller.name, input.manifest, input.onnxBase64));
  }
}
