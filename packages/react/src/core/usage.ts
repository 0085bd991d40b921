/** What a run and its nodes have used of models and vendors, added up exactly as Python's `core/usage.py` adds it up. */

import type { Price, Usage } from "./api.ts";

/** Usage with every field filled in; `cost` is in micro-USD and null where no price is known. */
export interface Used {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number | null;
  readonly calls: number;
  readonly turns: number;
  readonly priced: number;
  readonly cost: number | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly price: Price | null;
  readonly estimated: boolean;
  readonly simulated: boolean;
}

const nothing = used({ calls: 0 });

/** Usage as an event has it, with what the event leaves out. */
export function used(said: Usage): Used {
  return {
    input_tokens: said.input_tokens ?? 0,
    output_tokens: said.output_tokens ?? 0,
    cached_tokens: said.cached_tokens ?? null,
    calls: said.calls ?? 1,
    turns: said.turns ?? 0,
    priced: said.priced ?? 0,
    cost: said.cost ?? null,
    model: said.model ?? null,
    provider: said.provider ?? null,
    price: said.price ?? null,
    estimated: said.estimated ?? false,
    simulated: said.simulated ?? false,
  };
}

/**
 * What the run and one of its nodes have used after an event of the node's said so.
 *
 * A step says what it used itself; the end of an attempt says what the node has used altogether, its steps included.
 */
export function counted(run: Used | null, node: Used | null, said: Used, step: boolean): readonly [run: Used, node: Used] {
  const more = step ? said : without(said, node);
  return [added(run, more), step ? added(node, said) : said];
}

function added(one: Used | null, other: Used | null): Used {
  if (one === null || one.calls === 0) return other ?? nothing;
  if (other === null || other.calls === 0) return one;
  return combined(one, other, 1);
}

function without(whole: Used, part: Used | null): Used {
  return part === null || part.calls === 0 ? whole : combined(whole, part, -1);
}

function combined(one: Used, other: Used, sign: 1 | -1): Used {
  const priced = one.priced + sign * other.priced;
  const [first, last] = talked(one, other);
  return {
    input_tokens: one.input_tokens + sign * other.input_tokens,
    output_tokens: one.output_tokens + sign * other.output_tokens,
    cached_tokens:
      one.cached_tokens === null && other.cached_tokens === null ? null : (one.cached_tokens ?? 0) + sign * (other.cached_tokens ?? 0),
    calls: one.calls + sign * other.calls,
    turns: one.turns + sign * other.turns,
    priced,
    cost: priced > 0 ? (one.cost ?? 0) + sign * (other.cost ?? 0) : null,
    model: first.model === last.model ? first.model : null,
    provider: first.provider === last.provider ? first.provider : null,
    price: samePrice(first.price, last.price) ? first.price : null,
    estimated: one.estimated || other.estimated,
    simulated: one.simulated || other.simulated,
  };
}

/** Whose model, provider and price count: those who asked an agent, where any did. */
function talked(one: Used, other: Used): readonly [Used, Used] {
  if (!one.turns === !other.turns) return [one, other];
  return one.turns ? [one, one] : [other, other];
}

function samePrice(one: Price | null, other: Price | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    (one.input ?? 0) === (other.input ?? 0) &&
    (one.output ?? 0) === (other.output ?? 0) &&
    (one.cached ?? null) === (other.cached ?? null) &&
    (one.turn ?? 0) === (other.turn ?? 0) &&
    (one.source ?? "") === (other.source ?? "")
  );
}
