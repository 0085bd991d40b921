"""Files in GitHub's repositories: listed, read, found, written and deleted, each change a commit."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from typing import Literal, cast

from pydantic import AliasPath, Field, JsonValue, model_validator

from tenuto.connectors.github.shapes import Repository, branch_options
from tenuto.connectors.github.vendor import Missing, github, given, listed
from tenuto.core.connector import Answer, Calls, Params, Request, Result
from tenuto.core.errors import InvalidOutput, Rejected

_contents = "/repos/{owner}/{repo}/contents/{path}"
_sha = "95b966ae1c166bd92f8ae7d1c313e738c731dfc3"


class TreeFilter(Repository):
    """Which files."""

    ref: str = Field(
        default="HEAD", description="Branch, tag or SHA; else the default branch.", examples=["main"], min_length=1,
        json_schema_extra=branch_options,
    )  # fmt: skip
    folder: str = Field(default="", description="Only what lies in this folder.", examples=["docs"])


class OneFile(Repository):
    """Which file."""

    path: str = Field(description="Its path.", examples=["docs/guide.md"], min_length=1)
    ref: str | None = Field(
        default=None, description="Branch, tag or SHA; else the default branch.", examples=["main"], json_schema_extra=branch_options
    )


class Change(Repository):
    """A change of one file."""

    path: str = Field(description="Its path.", examples=["docs/guide.md"], min_length=1)
    message: str = Field(description="Message of the commit.", examples=["Explain Tuesdays"], min_length=1)
    branch: str | None = Field(
        default=None, description="Branch; else the default branch.", examples=["main"], min_length=1, json_schema_extra=branch_options
    )
    sha: str | None = Field(
        default=None, description="Only if the file still has this SHA; else whatever it holds.", examples=[_sha], min_length=1
    )


class FileChange(Change):
    """A file to be written."""

    content: str | None = Field(default=None, description="What it is to hold, as text.", examples=["Read me.\n"])
    content_base64: str | None = Field(default=None, description="The same for what is no text, in base64.", examples=["UmVhZCBtZS4K"])

    @model_validator(mode="after")
    def _one(self) -> FileChange:
        if (self.content is None) == (self.content_base64 is None):
            raise ValueError("give either content or content_base64")
        self.bytes()
        return self

    def bytes(self) -> bytes:
        """What the file is to hold. Raises `ValueError` for what is no base64."""
        if self.content_base64 is None:
            return (self.content or "").encode()
        try:
            return b64decode(self.content_base64, validate=True)
        except NoBase64:
            raise ValueError("content_base64 is no base64") from None


class CodeSearch(Params):
    """Which code."""

    query: str = Field(
        description="Words and qualifiers as in GitHub's own search: `addClass repo:octocat/hello-world language:js`.",
        examples=["addClass repo:octocat/hello-world"],
        min_length=1,
        max_length=256,
    )
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class Entry(Result):
    """A file or folder."""

    path: str = Field(description="Its path.", examples=["docs/guide.md"])
    type: str = Field(description="blob for a file, tree for a folder, commit for a submodule.", examples=["blob"])
    sha: str | None = Field(default=None, description="SHA of its content.", examples=[_sha])
    size: int | None = Field(default=None, description="Bytes.", examples=[9])


class Tree(Result):
    """Files of a repository."""

    files: tuple[Entry, ...] = Field(validation_alias="tree", description="Files and folders, by path.")
    truncated: bool = Field(default=False, description="Whether there are more than GitHub lists.", examples=[False])


class File(Result):
    """A file."""

    path: str = Field(description="Its path.", examples=["docs/guide.md"])
    sha: str = Field(description="SHA of its content, by which a change says what it changes.", examples=[_sha])
    size: int = Field(description="Bytes.", examples=[9])
    content: str | None = Field(default=None, description="What it holds, where that is text (UTF-8).", examples=["Read me.\n"])
    content_base64: str | None = Field(default=None, description="What it holds, where that is no text.", examples=[None])
    html_url: str | None = Field(
        default=None, description="Where people read it.", examples=["https://github.com/o/r/blob/main/docs/guide.md"]
    )


class Written(Result):
    """A change of a file."""

    path: str = Field(description="The file.", examples=["docs/guide.md"])
    sha: str | None = Field(default=None, description="SHA of its content now; none where it was deleted.", examples=[_sha])
    commit: str | None = Field(default=None, description="SHA of the commit.", examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"])


class CodeHit(Result):
    """A file in which something was found."""

    path: str = Field(description="Its path.", examples=["src/app.js"])
    repository: str = Field(
        validation_alias=AliasPath("repository", "full_name"), description="owner/name.", examples=["octocat/hello-world"]
    )
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world/blob/main/src/app.js"])


class CodeHits(Result):
    """What a search found."""

    files: tuple[CodeHit, ...] = Field(description="Files.")
    total: int = Field(description="How many are in the list.", examples=[1])


@github.action(effect="read", scopes=("repo",))
def list_files(params: TreeFilter) -> Request[Tree]:
    """List the files of a repository, or of one of its folders."""

    def read(answer: Answer, _params: Params) -> Tree:
        tree, folder = Tree.model_validate(answer.json), params.folder.strip("/")
        return tree.model_copy(update={"files": tuple(each for each in tree.files if each.path.startswith(f"{folder}/") or not folder)})

    return Request(result=Tree, method="GET", path="/repos/{owner}/{repo}/git/trees/{ref}", query={"recursive": "1"}, read=read)


def _file(answer: Answer, params: Params) -> File:
    if not isinstance(answer.json, dict) or answer.json.get("type") != "file":
        raise Rejected(f"{getattr(params, 'path', 'This')} is no file.", fix="Use list_files for what lies in a folder.")
    file = File.model_validate(answer.json | {"content": None})
    encoded = cast("dict[str, JsonValue]", answer.json).get("content")
    if answer.json.get("encoding") != "base64" or not isinstance(encoded, str):
        raise Rejected(f"{file.path} has {file.size} bytes: GitHub gives files of more than 1 MB by other ways only.")
    try:
        content = b64decode(encoded)
    except NoBase64:
        raise InvalidOutput("GitHub answered a file that is no base64.", raw=answer.text) from None
    try:
        return file.model_copy(update={"content": content.decode()})
    except UnicodeDecodeError:
        return file.model_copy(update={"content_base64": b64encode(content).decode()})


@github.action(effect="read", scopes=("repo",))
def get_file(params: OneFile) -> Request[File]:
    """Read a file."""
    return Request(result=File, method="GET", path=_contents, query={"ref": params.ref}, read=_file)


async def _known(calls: Calls, params: Change) -> File | None:
    try:
        return await calls.send(Request(result=File, method="GET", path=_contents, query={"ref": params.branch}, read=_file))
    except Missing:
        return None


async def _changed(calls: Calls, method: Literal["PUT", "DELETE"], params: Change, sha: str | None, content: str | None) -> Written:
    def read(answer: Answer, _params: Params) -> Written:
        found = cast("dict[str, dict[str, JsonValue] | None]", answer.json)
        file, commit = found.get("content") or {}, found.get("commit") or {}
        return Written.model_validate({"path": params.path, "sha": file.get("sha"), "commit": commit.get("sha")})

    body = given(message=params.message, content=content, sha=sha, branch=params.branch)
    return await calls.send(Request(result=Written, method=method, path=_contents, json=body, read=read))


async def _is_written(calls: Calls, params: FileChange, key: str) -> Written | None:
    """The file holds what it was to hold: whoever wrote it, nothing is left to do."""
    del key
    known, wanted = await _known(calls, params), params.bytes()
    held = None if known is None else known.content.encode() if known.content is not None else b64decode(known.content_base64 or "")
    return Written(path=params.path, sha=known.sha) if known and held == wanted else None


@github.action(effect="write", scopes=("repo",), verify=_is_written)
async def write_file(calls: Calls, params: FileChange) -> Written:
    """Create a file or replace what it holds, by a commit."""
    known = None if params.sha else await _known(calls, params)
    return await _changed(calls, "PUT", params, params.sha or (known.sha if known else None), b64encode(params.bytes()).decode())


async def _is_gone(calls: Calls, params: Change, key: str) -> Written | None:
    del key
    return Written(path=params.path) if await _known(calls, params) is None else None


@github.action(effect="write", scopes=("repo",), verify=_is_gone)
async def delete_file(calls: Calls, params: Change) -> Written:
    """Delete a file, by a commit."""
    known = None if params.sha else await _known(calls, params)
    if known is None and params.sha is None:
        raise Missing(f"There is no file {params.path}.", fix="Check the path and the branch.")
    return await _changed(calls, "DELETE", params, params.sha or (known.sha if known else None), None)


@github.action(effect="read", scopes=("repo",))
async def search_code(calls: Calls, params: CodeSearch) -> CodeHits:
    """Find code, also in several repositories; GitHub searches default branches only."""
    files = await listed(calls, CodeHit, "/search/code", {"q": params.query}, limit=params.limit, within="items")
    return CodeHits(files=files, total=len(files))
