/** Asking the explorer's server: the token, the state of the case that is meant, and what its refusals say. */

export class Refused extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

export interface Job {
  readonly id: string;
  readonly what: string;
  readonly state: "running" | "done" | "failed";
  readonly done: number;
  readonly total: number;
  readonly sentence: string;
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** Milliseconds between two looks at a job. */
const LOOK = 250;

export class Api {
  private readonly token: string;
  private past = false;
  /** Called once when the server has gone on to another state of the case than the page shows. */
  outdated: () => void = () => undefined;
  /** Called when the server does not answer, and when it does again. */
  reached: (answers: boolean) => void = () => undefined;

  constructor(token: string) {
    this.token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.ask(path, { method: "GET" }).then((answer) => answer.json() as Promise<T>);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }).then((answer) => answer.json() as Promise<T>);
  }

  send<T>(path: string, file: Blob): Promise<T> {
    return this.ask(path, { method: "POST", body: file, headers: { "content-type": "application/octet-stream" } }).then((answer) => answer.json() as Promise<T>);
  }

  async remove(path: string): Promise<void> {
    await this.ask(path, { method: "DELETE" });
  }

  file(path: string): Promise<Blob> {
    return this.ask(path, { method: "GET" }).then((answer) => answer.blob());
  }

  /** Follow a job to its end; give its last state, or throw what it failed of. */
  async follow(id: string, tell: (job: Job) => void): Promise<Job> {
    for (;;) {
      const job = await this.get<Job>(`/api/jobs/${id}`);
      tell(job);
      if (job.state === "failed") throw new Refused(422, job.sentence);
      if (job.state === "done") return job;
      await new Promise((done) => window.setTimeout(done, LOOK));
    }
  }

  private async ask(path: string, request: RequestInit): Promise<Response> {
    const headers = { ...(request.headers as Record<string, string> | undefined), authorization: `Bearer ${this.token}` };
    let answer: Response;
    try {
      answer = await fetch(path, { ...request, headers, cache: "no-store", credentials: "omit", redirect: "error" });
    } catch {
      this.reached(false);
      throw new Unreachable();
    }
    this.reached(true);
    if (answer.ok) return answer;
    const said = (await answer.json().catch(() => ({}))) as { detail?: unknown };
    if (answer.status === 409 && !this.past) {
      this.past = true;
      this.outdated();
    }
    throw new Refused(answer.status, typeof said.detail === "string" ? said.detail : `${answer.status} ${answer.statusText}`);
  }
}
