/** The people of the workspace: let in, given another role, removed; one owner always remains. */
import { useQuery } from "@tanstack/react-query";
import type { Member } from "@tenuto/react/api";
import { UserPlus } from "lucide-react";
import { type ReactElement, useState } from "react";
import { reading } from "~/lib/api";
import { useMe } from "~/lib/session";
import { members as words, roles } from "~/lib/strings/members";
import { Button } from "~/ui/button";
import { Card } from "~/ui/card";
import { Chip } from "~/ui/chip";
import { Select } from "~/ui/field";
import { Read } from "~/ui/read";
import { RelativeTime } from "~/ui/relative-time";
import { type Change, ChangeMember } from "./change-member.tsx";
import { NewMember } from "./new-member.tsx";

export function Members(): ReactElement {
  const me = useMe().data;
  const may = me?.permissions.includes("member:manage") ?? false;
  const query = useQuery({ ...reading("GET /api/members", { query: { limit: 200 } }), enabled: may });
  const [adding, setAdding] = useState(false);
  const [change, setChange] = useState<Change | null>(null);
  if (!may) {
    return (
      <Card title={words.title}>
        <p className="text-muted">{words.notAllowed(me ? words.short[me.role] : "")}</p>
      </Card>
    );
  }
  const actions = (
    <Button icon={UserPlus} onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  return (
    <Card title={words.title} about={words.about} actions={actions}>
      <Read query={query} what={words.what} needs="member:manage">
        {({ members }) => <People all={members} myself={me?.id ?? null} onChange={setChange} />}
      </Read>
      {adding ? <NewMember onClose={() => setAdding(false)} /> : null}
      {change ? <ChangeMember change={change} onClose={() => setChange(null)} /> : null}
    </Card>
  );
}

function People({ all, myself, onChange }: { all: readonly Member[]; myself: string | null; onChange: (change: Change) => void }): ReactElement {
  const present = all.filter((each) => !each.disabled_at);
  const owners = present.filter((each) => each.role === "owner").length;
  return (
    <ul className="divide-y divide-line">
      {[...present, ...all.filter((each) => each.disabled_at)].map((member) => (
        <Row key={member.id} member={member} me={member.id === myself} only={member.role === "owner" && owners === 1} onChange={onChange} />
      ))}
    </ul>
  );
}

interface RowProps {
  member: Member;
  me: boolean;
  /** Whether this is the only owner. */
  only: boolean;
  onChange: (change: Change) => void;
}

function Row({ member, me, only, onChange }: RowProps): ReactElement {
  const gone = member.disabled_at;
  return (
    <li aria-label={member.name} className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-40 flex-1 wrap-anywhere">
        <span className="flex flex-wrap items-center gap-2 font-medium">
          {member.name} {me ? <Chip tone="accent">{words.you}</Chip> : null}
        </span>
        <span className="block text-xs break-words text-muted">
          {member.email ? `${member.email} · ` : ""}
          {gone ? words.removed : words.joined} <RelativeTime at={gone ?? member.created_at} />
        </span>
        {only && !gone ? <span className="block text-xs text-muted">{words.onlyOwner}</span> : null}
      </span>
      {gone ? (
        <Chip>{words.gone}</Chip>
      ) : (
        <>
          <span className="w-36 shrink-0">
            <Select
              aria-label={words.roleOf(member.name)}
              value={member.role}
              disabled={only}
              onChange={(event) => {
                const role = roles.find((each) => each === event.target.value);
                if (role !== undefined && role !== member.role) onChange({ member, me, role });
              }}
            >
              {roles.map((each) => (
                <option key={each} value={each}>
                  {words.short[each]}
                </option>
              ))}
            </Select>
          </span>
          <Button small disabled={only} aria-label={words.removeLabel(member.name)} onClick={() => onChange({ member, me, role: null })}>
            {words.remove}
          </Button>
        </>
      )}
    </li>
  );
}
