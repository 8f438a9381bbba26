import { type ListedSchedule, listSchedules } from '../../connection/schedules';
import { type CreateScheduleOptions, createFromRows, type ScheduleContext } from './create-schedule';
import { ScheduleHandle } from './schedule-handle';

/** The schedules of batches. */
export class Schedules {
  constructor(private readonly context: ScheduleContext) {}

  /**
   * Creates a schedule, which starts a batch of these rows at each of its times: `ID-YYYYMMDDTHHMM`, by the minute in UTC. The
   * rows are those of this moment. Every run pays for all of them again. The same id with the same options finds the same schedule.
   *
   * @throws InvalidRequestError with every problem of the options, before a row is read
   * @throws InvalidRowsError with every problem of the rows, unless `skipInvalid`
   * @throws IdTakenError if another schedule has the id
   * @throws OtherStoreError if the workers use another store
   * @throws NoServerError
   * @throws StoreUnavailable
   */
  async create(options: CreateScheduleOptions): Promise<ScheduleHandle> {
    const { id, alreadyCreated } = await createFromRows(this.context, options);
    return new ScheduleHandle(this.context.temporal, id, alreadyCreated);
  }

  /**
   * Lists them, in no order. A new one may be missing for some seconds.
   *
   * @throws NoServerError
   */
  list(): AsyncGenerator<ListedSchedule, void, undefined> {
    return listSchedules(this.context.temporal);
  }
}
