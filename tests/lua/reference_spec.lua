local fake = require("fake")
local annotations = require("annotations")
local check = require("check")
local pages = require("pages")
local Library = require("library")
local Public = require("public")

-- Functions that have no example yet.
local without_example = {}

local function read(path)
  local file = io.open(path)
  local text = file and file:read("*a")
  return text, file and file:close()
end

describe("the annotations", function()
  local library, public

  setup(function()
    library = Library.new(fake.load)
    public = Public.walk(library)
  end)

  it("say of all that a script can reach what it is", function()
    local pending = {}
    for _, path in ipairs(without_example) do
      pending[#pending + 1] = path .. ": no example with its answer"
    end
    table.sort(pending)
    assert.same(pending, check(library, public))
  end)

  it("are found for the modules and for the classes that these lead to", function()
    for _, name in ipairs({ "", ".fragments", ".log", ".App", ".Request", ".Response" }) do
      assert.is_truthy(public.by_name["sluice" .. name], name)
    end
    assert.is_true(#public.by_name["sluice.Response"].members >= 20)
    assert.is_nil(public.by_name["sluice.Router"])
  end)

  it("name the fields that a request makes when they are read", function()
    local made = library.locals["lua/sluice/request.lua"].lazy
    local annotated = {}
    for _, field in ipairs(library.classes["sluice.Request"].block.fields) do
      annotated[field.name] = field.visible
    end
    for name in pairs(made) do
      assert.is_true(annotated[name], name)
      annotated[name] = nil
    end
    annotated.trailers = nil -- no lasting field
    for name, visible in pairs(annotated) do
      assert.is_false(visible, name .. " is annotated, but nothing makes it")
    end
  end)

  it("are what docs/reference says: scripts/reference writes it", function()
    local written = pages(library, public)
    for name, text in pairs(written) do
      assert.equal(text, (read("docs/reference/" .. name)), name)
    end
    local list = assert(io.popen("ls docs/reference"))
    for name in list:lines() do
      assert.is_truthy(written[name], name .. " describes what is not there")
    end
    list:close()
  end)
end)

describe("the check of annotations", function()
  -- What is wrong when `fn` is a method of an app, annotated by `text`.
  local function problems_of(text, fn)
    local library = { lines = {}, classes = {}, aliases = {}, headers = {}, blocks = {} }
    library.twice = {}
    local info = debug.getinfo(fn, "S")
    local block = text and annotations.parse(text .. "\n\n")[1]
    function library:describe()
      return block, "file", info.linedefined, info.lastlinedefined
    end
    library.lines.file = {}
    for line in (read(info.short_src) .. "\n"):gmatch("(.-)\n") do
      table.insert(library.lines.file, line)
    end
    local member = { path = "f", name = "f", fn = fn, block = block, params = {} }
    for i = 1, debug.getinfo(fn, "u").nparams do
      member.params[i] = debug.getlocal(fn, i)
    end
    return check(library, { pages = { { name = "p", prefix = "p", members = { member } } } })
  end

  local function double(a)
    return a * 2
  end

  local example = "---\n---    f(1) --> 2\n"
  local function with(tags)
    return "---Twice that.\n" .. example .. tags
  end

  local function has(wanted, text, fn)
    local all = table.concat(problems_of(text, fn or double), "\n")
    assert.is_truthy(all:find(wanted, 1, true), all)
  end

  it("finds nothing where nothing is missing", function()
    local text = with("---@param a number\n---@return number")
    assert.same({ "p: no sentence says what it is" }, problems_of(text, double))
  end)

  it("finds what is missing", function()
    has("f: no annotation", nil)
    has("f: no sentence says what it is", example .. "---@param a number")
    has("f: no @return", with("---@param a number"))
    has("f: annotated parameters (), real ones (a)", with("---@return number"))
    has("f: no example with its answer", "---Twice.\n---@param a number\n---@return number")
  end)

  it("counts what is returned", function()
    local one = with("---@param a number\n---@return number")
    local function pair(a)
      local function inner()
        return 1, 2, 3
      end
      return { a, inner(a, "b,c") }, "d, e"
    end
    has("f: 1 @return, but it returns 2 values", one, pair)
    local two = with("---@param a number\n---@return table\n---@return string")
    assert.same({ "p: no sentence says what it is" }, problems_of(two, pair))
    local list = with("---@param a number\n---@return any ... all of it")
    assert.same({ "p: no sentence says what it is" }, problems_of(list, pair))
  end)

  it("finds fields that no code has", function()
    local library = Library.new(fake.load)
    local public = Public.walk(library)
    local name = "tea" .. "pot"
    local field = { name = name, type = "string?", text = "", visible = true }
    table.insert(library.classes["sluice.WriteOptions"].block.fields, field)
    local wanted = "options." .. name .. ": annotated, but nothing in the library has such a field"
    assert.same({ wanted }, check(library, public))
  end)

  it("finds what is not so", function()
    has("annotated parameters (b), real ones (a)", with("---@param b number\n---@return number"))
    has("there is no type sluice.Nothing", with("---@param a sluice.Nothing\n---@return number"))
    has("'a' has no type", with("---@param a\n---@return number"))
    for _, name in ipairs({ "nubmer", "nothing", "sluice" }) do
      local forms = { "%s[]", "table<string, %s>", "fun(b: %s): nil", "'x'|%s", "{ c: %s }" }
      for _, form in ipairs(forms) do
        local param = "---@param a " .. form:format(name)
        has("there is no type " .. name, with(param .. "\n---@return number"))
      end
    end
    has("there is no annotation @parma", with("---@parma a number"))
    has("a @return, but it returns nothing", with("---@return number"), function() end)
  end)
end)
