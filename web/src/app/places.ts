/** The places of the app: what the rail, the command menu and the keys lead to. */
import { BadgeCheck, Bot, House, LayoutTemplate, ListTree, type LucideIcon, PlugZap, Settings, Workflow, Zap } from "lucide-react";
import type { CommandId } from "~/lib/commands";

export interface Place {
  id: string;
  title: string;
  path: "/" | "/workflows" | "/runs" | "/approvals" | "/agents" | "/connections" | "/triggers" | "/templates" | "/settings";
  icon: LucideIcon;
  command: CommandId;
  /** In the bar at the bottom of a small screen. */
  small?: boolean;
}

export const places: readonly Place[] = [
  { id: "home", title: "Home", path: "/", icon: House, command: "go.home", small: true },
  { id: "workflows", title: "Workflows", path: "/workflows", icon: Workflow, command: "go.workflows" },
  { id: "runs", title: "Runs", path: "/runs", icon: ListTree, command: "go.runs", small: true },
  { id: "approvals", title: "Approvals", path: "/approvals", icon: BadgeCheck, command: "go.approvals", small: true },
  { id: "agents", title: "Agents", path: "/agents", icon: Bot, command: "go.agents" },
  { id: "connections", title: "Connections", path: "/connections", icon: PlugZap, command: "go.connections" },
  { id: "triggers", title: "Triggers", path: "/triggers", icon: Zap, command: "go.triggers" },
  { id: "templates", title: "Templates", path: "/templates", icon: LayoutTemplate, command: "go.templates" },
  { id: "settings", title: "Settings", path: "/settings", icon: Settings, command: "go.settings" },
];
