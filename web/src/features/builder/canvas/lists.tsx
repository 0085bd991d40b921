/** The lists that open over the canvas. */
import type { ReactElement } from "react";
import { builder as say } from "~/lib/strings/builder";
import { type Catalog, type Document, type NodeKey, portsOf, ranked, refusal, sentence, spoken, titleOf } from "../model/index.ts";
import { appOf } from "./flow.ts";
import { StepPicker } from "./step-picker.tsx";
import { type Target, TargetPicker } from "./target-picker.tsx";
import type { Pickers } from "./use-pickers.ts";

export interface ListsProps {
  document: Document;
  catalog: Catalog;
  pickers: Pickers;
  onFound: (key: NodeKey) => void;
  onClosed: () => void;
}

export function Lists({ document, catalog, pickers, onFound, onClosed }: ListsProps): ReactElement | null {
  const { open } = pickers;
  const close = (): void => {
    pickers.close();
    onClosed();
  };
  if (open === null) return null;
  if (open.kind === "step") return <StepPicker document={document} catalog={catalog} at={open.at} onPick={pickers.takeStep} onClose={close} />;
  if (open.kind === "find") {
    const found = (id: string): void => {
      pickers.close();
      onFound(id);
    };
    return <TargetPicker label={say.find.label} targets={targets(document, catalog)} onPick={found} onClose={close} />;
  }
  const source = document.nodes[open.source];
  if (source === undefined) return null;
  const others = targets(document, catalog, (key) => refusal(document, open.source, open.port, key)).filter((target) => target.id !== open.source);
  const take = (id: string): void => {
    pickers.takeTarget(id);
    onFound(open.source);
  };
  return (
    <TargetPicker
      label={say.connect.label(titleOf(source))}
      targets={others.toSorted((one, other) => Number(Boolean(one.refused)) - Number(Boolean(other.refused)))}
      ports={portsOf(source, catalog)}
      port={open.port}
      onPort={(port) => pickers.connectFrom(open.source, port)}
      onPick={take}
      onClose={close}
    />
  );
}

function targets(document: Document, catalog: Catalog, refused?: (key: NodeKey) => string | null): Target[] {
  return ranked(document.nodes).map((node) => ({
    id: node.key,
    title: titleOf(node),
    about: spoken(sentence(document, node, catalog)),
    type: node.spec.type,
    app: appOf(node),
    refused: refused?.(node.key) ?? null,
  }));
}
