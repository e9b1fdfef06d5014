local hint = require("sluice.hint")

describe("an object that is asked for what it does not have", function()
  local Class, object

  before_each(function()
    Class = { send_file = true, status = true, json = true, _private = true }
    Class.__index = Class
    hint.install(Class, "res", { setheader = "res:set" })
    object = setmetatable({}, Class)
  end)

  local function meant(name)
    local ok, err = pcall(function()
      return object[name]
    end)
    assert.is_false(ok)
    return err:match("^[^:]+hint_spec.lua:%d+: res has no '" .. name .. "'; did you mean (.*)%?$")
  end

  it("says what it has that is spelt a little differently", function()
    for _, name in ipairs({ "sendFile", "sendfile", "send_fil", "send_ffile", "sned_file" }) do
      assert.equal("send_file", meant(name))
    end
    assert.equal("status", meant("stutus"))
    assert.equal("json", meant("JSON"))
  end)

  it("knows what others call the same", function()
    assert.equal("res:set", meant("setHeader"))
    assert.equal("res:set", meant("set_header"))
  end)

  it("is silent about the names of others", function()
    for _, name in ipairs({ "user", "state", "st", "private", "send", 1, false, "" }) do
      assert.is_nil(object[name])
      assert.is_nil(object[name], "asked again")
    end
    object.sendfile = "its own"
    assert.equal("its own", object.sendfile)
    for n = 1, 3000 do
      assert.is_nil(object["of data " .. n])
    end
  end)
end)

describe("an object that refuses to be set", function()
  local Response, res

  before_each(function()
    Response = require("fake").load("sluice.answers")
    res = Response.new(nil, 1)
  end)

  local function why(name, value)
    local ok, err = pcall(function()
      res[name] = value
    end)
    assert.is_false(ok, name)
    assert.is_nil(rawget(res, name))
    return err:match("^[^:]+hint_spec.lua:%d+: (.*)$")
  end

  it("says which method was meant", function()
    assert.equal("setting res.status does nothing; did you mean res:status?", why("status", 404))
    assert.matches("did you mean res:status%?$", why("statusCode", 404))
    assert.matches("did you mean res:set or res:get%?$", why("headers", {}))
    assert.matches("did you mean res:write%?$", why("body", "text"))
  end)

  it("keeps what a script has for itself", function()
    res.user, res.nothing = "ada", false
    assert.same({ "ada", false }, { res.user, res.nothing })
    local function wrapped() end
    res.write = wrapped
    assert.equal(wrapped, res.write)
  end)
end)

describe("what handlers get", function()
  it("gives hints", function()
    local fake = require("fake")
    local Response = fake.load("sluice.answers")
    local res = Response.new(nil, 1)
    local Task, Channel = require("sluice.task"), require("sluice.channel")
    local App = require("sluice.app")
    local wrong = {
      { res, "sendStatus" },
      { setmetatable({}, Task), "wait" },
      { Channel.new(), "receive" },
      { require("sluice.semaphore").new(), "release" },
      { App.new(), "gett" },
      { App.new(), "notfound" },
    }
    for _, case in ipairs(wrong) do
      local ok, err = pcall(function()
        return case[1][case[2]]
      end)
      assert.is_false(ok, case[2])
      assert.matches("did you mean", err)
    end
  end)
end)
