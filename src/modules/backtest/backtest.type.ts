import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { connectionType } from '../../graphql/types/connection.js';
import { NodeType } from '../../graphql/types/node.type.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import type { JobRow, JobStatus } from '../../store/job.repository.js';
import type { BacktestWork, SweepOutline } from './backtest.service.js';
import { combinationsOf } from './sweep-result.js';

const JobStatusEnum: { [K in JobStatus]: K } = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
};
registerEnumType(JobStatusEnum, {
  name: 'JobStatus',
  description: 'Where a job is.',
  valuesConfig: {
    QUEUED: { description: 'Waits for a worker.' },
    RUNNING: { description: 'A worker is at it.' },
    SUCCEEDED: { description: 'Done; the result is there.' },
    FAILED: { description: 'Ended without result; `error` says why.' },
    CANCELLED: { description: 'Was cancelled.' },
  },
});

/** What every job shows of itself. */
@ObjectType({ simpleResolvers: true })
abstract class JobType extends NodeType {
  constructor(readonly job: JobRow) {
    super();
  }

  @Field(() => JobStatusEnum, { description: 'Where it is.' })
  get status(): JobStatus {
    return this.job.status;
  }

  @Field(() => Float, { description: 'How far it is, 0 to 1; never falls.' })
  get progress(): number {
    return this.job.progress;
  }

  @Field(() => String, { nullable: true, description: 'Why it failed, with its code; null unless FAILED.' })
  get error(): string | null {
    return this.job.error;
  }
}

@ObjectType('Backtest', {
  description: 'A portfolio computed over a range by a worker.',
  implements: NodeType,
  simpleResolvers: true,
})
export class BacktestType extends JobType {
  private get work(): Omit<BacktestWork, 'portfolio'> {
    return this.job.outline as Omit<BacktestWork, 'portfolio'>;
  }

  protected override get identity(): { type: string; key: string } {
    return { type: 'Backtest', key: this.job.id };
  }

  @Field(() => Int, {
    nullable: true,
    description: 'Version of the data it was computed on; null until it has succeeded.',
  })
  get dataVersion(): number | null {
    return this.job.status === 'SUCCEEDED' ? this.job.dataVersion : null;
  }

  @Field(() => LocalDate, { description: 'First date asked for.' })
  get from(): LocalDateValue {
    return this.work.from;
  }

  @Field(() => LocalDate, { description: 'Last date asked for.' })
  get to(): LocalDateValue {
    return this.work.to;
  }
}

export const BacktestConnection = connectionType(BacktestType, 'Backtest');

@ObjectType('Sweep', {
  description: 'Many backtests of one portfolio, one for each combination of parameters.',
  implements: NodeType,
  simpleResolvers: true,
})
export class SweepType extends JobType {
  protected override get identity(): { type: string; key: string } {
    return { type: 'Sweep', key: this.job.id };
  }

  @Field(() => Int, { description: 'Number of combinations.' })
  get combinations(): number {
    return combinationsOf(this.job.outline as SweepOutline);
  }
}

@ObjectType('JobProgress', { description: 'How far a job is.', simpleResolvers: true })
export class JobProgressType {
  @Field(() => ID, { description: 'Id of the backtest or sweep.' })
  id!: string;

  @Field(() => JobStatusEnum, { description: 'Where it is.' })
  status!: JobStatus;

  @Field(() => Float, { description: 'How far it is, 0 to 1; never falls.' })
  progress!: number;

  @Field(() => String, { nullable: true, description: 'What it is doing, in words.' })
  message!: string | null;
}
