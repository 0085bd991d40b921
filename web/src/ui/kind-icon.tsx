/** The picture of a kind of step. */
import { Bot, Braces, CircleStop, Clock, Code, GitFork, Globe, Layers, type LucideIcon, PlugZap, Radio, Repeat, Split, SquareDashed, UserCheck, Users, Workflow } from "lucide-react";
import type { ReactElement } from "react";

const icons: Readonly<Record<string, LucideIcon>> = {
  agent: Bot,
  team: Users,
  approval: UserCheck,
  code: Code,
  condition: GitFork,
  switch: Split,
  delay: Clock,
  end: CircleStop,
  http: Globe,
  integration: PlugZap,
  loop: Repeat,
  map: Layers,
  subworkflow: Workflow,
  transform: Braces,
  wait: Radio,
};

export function KindIcon({ kind, size = 20, className }: { kind: string; size?: number; className?: string }): ReactElement {
  const Icon = icons[kind] ?? SquareDashed;
  return <Icon size={size} aria-hidden className={className} />;
}
