import { LundongError } from '../../domain/errors.js';
import type { ModelVersion } from '../../domain/model-version.js';
import type { ModelRegistry } from '../../engines/gru/model-registry.js';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Takes models in that come over the network. */
export class ModelService {
  constructor(private readonly registry: ModelRegistry) {}

  /**
   * @param actor who registers it, for the audit
   * @param onnxBase64 the file; line breaks are allowed
   * @throws LundongError INVALID_ARGUMENT, MODEL_INVALID, KEY_TAKEN, OVERLOADED, TIMEOUT
   */
  register(actor: string, manifest: unknown, onnxBase64: string): Promise<ModelVersion> {
    const text = onnxBase64.replaceAll(/\s/g, '');
    if (!BASE64.test(text) || text.length % 4 !== 0)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `onnxBase64: "${onnxBase64.slice(0, 40)}" is no base64; encode the bytes of the .onnx file, padding included.`,
      );
    return this.registry.register(actor, manifest, Buffer.from(text, 'base64'));
  }
}
