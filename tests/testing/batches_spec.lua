local t = require("sluice.test")

describe("how an answer was made", function()
  local app

  setup(function()
    app = t.app("tests/testing/app.lua")
  end)

  local function total(list, field)
    local sum = 0
    for _, entry in ipairs(list) do
      sum = sum + entry[field]
    end
    return sum
  end

  it("shows each send with its time", function()
    local sends = app:get("/ticks").sends
    local times = {}
    for i, send in ipairs(sends) do
      times[i] = send.at
    end
    assert.are.same({ 0, 1000, 2000, 3000 }, times)
  end)

  it("shows one send for a short answer", function()
    local sends = app:get("/hello/you").sends
    assert.are.equal(1, #sends)
    assert.is_true(sends[1].pieces >= 1)
    assert.is_false(sends[1].partial)
  end)

  it("shows what went straight from a file", function()
    local res = app:get("/file")
    assert.are.equal(#res.body, total(res.sends, "file_bytes"))
  end)

  it("shows what the client took less of", function()
    local exchange = app:open("GET", "/hello/you", { take = 10 })
    exchange:take()
    local res = exchange:response()
    assert.are.same({ 10, true }, { res.sends[1].bytes, res.sends[1].partial })
    assert.is_false(res.sends[2].partial)
    assert.are.equal("Hello, you!\n", res.body)
  end)

  it("shows each operation in the order of completion", function()
    local completions = app:get("/operations").completions
    local write, flush = completions[1], completions[2]
    assert.are.equal(2, #completions)
    assert.are.same({ "write", 3, "ok", 1 }, { write.kind, write.bytes, write.status, write.id })
    assert.are.same({ "flush", 0, "ok", 2 }, { flush.kind, flush.bytes, flush.status, flush.id })
    assert.is_true(write.wire_bytes > 3)
  end)

  it("shows operations that a client's leaving has ended", function()
    local exchange = app:open("GET", "/operations", { take = 0 })
    exchange:leave()
    local res = exchange:response()
    assert.are.same({ 2, "aborted" }, { #res.completions, res.completions[1].status })
    assert.is_nil(res.status)
  end)
end)
