--- What the first page of the reference says in front of its table, and behind it.

local preface = [[
# Reference

All that a script can reach, as the annotations in `lua/sluice` say it: these
pages are written by `scripts/reference`. Parameters in brackets may be left out.

| Page | |
| --- | --- |]]

local appendix = [[

## Errors

What can go wrong in service returns `nil, err`, where `err` is a word to compare
with: `"aborted"` when the client left, `"committed"` when the head has been sent
before; [all of them](../interfaces.md#statuses). What only a wrong script does
raises an error that names the function and the argument.

## Examples

Each example is run by the tests. It is the body of a handler, with `req`, `res`,
`sluice` and `app` given, or it registers handlers on `app`. The lines behind
`-->` are those of the answer, as `curl -i` shows them: all of its body, and what
is of interest of its head. A line like `-- POST /path [Name: value] Hello` is the
request that the lines below it answer, here with a header field and the body
"Hello"; without such a line it is `GET /`. Beside the app are the files
`public/note.txt` and `scripts/hello.lua`.

Those of `sluice.test` and its classes stand in a spec, with `t` and `app` given: that is
`tests/testing/app.lua`.
]]

return { preface = preface, appendix = appendix }
