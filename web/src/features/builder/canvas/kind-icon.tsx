/** The sign of a kind of step; that of an app is the first letter of its name. */
import {
  Bot, Braces, CircleHelp, CodeXml, Flag, GitBranch, Globe, Hourglass, type LucideIcon, PhoneIncoming, Plug, Repeat, Rows3, Split, SquareArrowOutUpRight, UserCheck, Users,
} from "lucide-react";
import type { ReactElement } from "react";
import { cx } from "~/ui/cx";

const icons: Readonly<Record<string, LucideIcon>> = {
  agent: Bot,
  team: Users,
  condition: GitBranch,
  switch: Split,
  transform: Braces,
  code: CodeXml,
  http: Globe,
  map: Rows3,
  loop: Repeat,
  subworkflow: SquareArrowOutUpRight,
  delay: Hourglass,
  wait: PhoneIncoming,
  approval: UserCheck,
  end: Flag,
  integration: Plug,
};

export interface KindIconProps {
  type: string;
  /** The key of the app, for a step that uses one. */
  app?: string | undefined;
  size?: number;
  className?: string;
}

export function KindIcon({ type, app, size = 20, className }: KindIconProps): ReactElement {
  if (app !== undefined) return <span aria-hidden className={cx("flex shrink-0 items-center justify-center rounded-sm bg-accent-soft font-semibold text-accent uppercase", size < 20 ? "size-4 text-[10px]" : "size-5 text-xs", className)}>{app.slice(0, 1)}</span>;
  const Icon = Object.hasOwn(icons, type) ? (icons[type] ?? CircleHelp) : CircleHelp;
  return <Icon aria-hidden size={size} strokeWidth={1.75} className={cx("shrink-0 text-muted", className)} />;
}
