/** Who is signed in, the theme, and the way out. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { BookOpen, CircleUserRound, LogOut, Monitor, Moon, Settings, Sun } from "lucide-react";
import type { ReactElement } from "react";
import { forgetHere } from "~/lib/kept-here";
import { type Theme, theme } from "~/lib/preferences";
import { meKey, signOut, useMe } from "~/lib/session";
import { useStored } from "~/lib/stored";
import { shell } from "~/lib/strings/shell";
import { cx } from "~/ui/cx";
import { Menu, type MenuItem } from "~/ui/menu";

const icons = { system: Monitor, light: Sun, dark: Moon };

export function AccountMenu({ wide }: { wide: boolean }): ReactElement | null {
  const me = useMe().data;
  const items = useAccountItems();
  if (!me) return null;
  const trigger = (
    <button type="button" aria-label={shell.account(me.name, me.role)} className="flex h-9 items-center gap-2.5 rounded px-2 text-left text-sm hover:bg-hover">
      <CircleUserRound size={18} aria-hidden className="shrink-0" />
      <span className={cx("hidden min-w-0 truncate", wide && "xl:inline")}>{me.name}</span>
    </button>
  );
  return <Menu trigger={trigger} items={items} align="start" />;
}

/** The same in the menu of a small screen. */
export function useAccountItems(): readonly (MenuItem | null)[] {
  const [chosen, choose] = useStored(theme);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const leave = async (): Promise<void> => {
    await signOut();
    await forgetHere();
    // The shell watches this one: it has to stay what it is, and only say something else.
    queries.setQueryData(meKey, null);
    queries.removeQueries({ predicate: (query) => query.queryKey[1] !== meKey[1] });
  };
  const themed = (name: Theme): MenuItem => ({
    label: `${shell.themes[name]}${chosen === name ? " ✓" : ""}`,
    icon: icons[name],
    onSelect: () => choose(name),
  });
  return [
    themed("system"),
    themed("light"),
    themed("dark"),
    null,
    { label: "Settings", icon: Settings, onSelect: () => void navigate({ to: "/settings" }) },
    { label: shell.api, icon: BookOpen, onSelect: () => void window.open("/docs", "_blank", "noopener") },
    null,
    { label: shell.signOut, icon: LogOut, onSelect: () => void leave() },
  ];
}
