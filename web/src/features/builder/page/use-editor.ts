/** The state of the editor in a page. */
import { useCallback, useReducer } from "react";
import { type Action, type Dispatch, type EditorState, initial, reduce } from "../model/index.ts";

export function useEditor(): [EditorState, Dispatch] {
  const [state, send] = useReducer(reduce, initial);
  const dispatch = useCallback((action: Action) => send(action.type === "edit" ? { ...action, at: action.at ?? Date.now() } : action), []);
  return [state, dispatch];
}
