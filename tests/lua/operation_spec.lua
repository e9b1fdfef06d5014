local fake = require("fake")
local C = require("ffi").C

describe("an operation", function()
  local host, res

  before_each(function()
    local Response
    Response, host = fake.load("sluice.interfaces")
    res = Response.new(nil, 7)
    fake.answers = { C.SL_PENDING, C.SL_PENDING, C.SL_PENDING }
  end)

  it("waits until it has completed, and answers the same again", function()
    local op = res:WriteEntityChunks("abc", true)
    local resume = fake.task(function()
      return op:GetCompletedOperation()
    end)
    assert.same({ "waits", host.COMPLETION, nil, 7, 1 }, { resume() })
    assert.same({ "waits", host.COMPLETION, nil, 7, 1 }, { resume(0) }, "woken for another reason")
    fake.completions[1] = { status = 0, bytes = 3 }
    assert.same({ "done", 3, "write" }, { resume(0) })
    fake.completions[1] = C.SL_EMPTY
    assert.same({ 3, "write" }, { op:GetCompletedOperation() })
  end)

  it("answers for itself after it has left the list", function()
    local op = res:WriteEntityChunks("abc", true)
    fake.completions[1] = C.SL_EMPTY
    assert.same({ 3, "write" }, { op:GetCompletedOperation() })
  end)

  it("tells what failed, and how much was sent", function()
    local op = res:WriteEntityChunks("abc", true)
    assert.same({ nil, "pending" }, { op:GetCompletionBytes() })
    assert.equal("pending", op:GetCompletionStatus())
    fake.completions[1] = { status = C.SL_EABORTED, bytes = 2 }
    assert.same({ nil, "aborted" }, { op:GetCompletedOperation() })
    assert.equal(2, op:GetCompletionBytes())
    assert.equal("aborted", op:GetCompletionStatus())
  end)

  it("is collected for both when the response collects it", function()
    local op = res:WriteEntityChunks("abc", true)
    fake.completions[0] = { id = 1, status = 0, bytes = 3 }
    local bytes, kind, same = res:GetCompletedOperation()
    assert.same({ 3, "write" }, { bytes, kind })
    assert.equal(op, same)
    assert.equal(3, (op:GetCompletedOperation()))
    fake.completions[0] = C.SL_EMPTY
    assert.same({ nil, "idle" }, { res:GetCompletedOperation() })
  end)

  it("that nobody holds is made anew", function()
    fake.completions[0] = { id = 9, status = C.SL_ECANCELLED, bytes = 0 }
    local bytes, err, op = res:GetCompletedOperation()
    assert.same({ nil, "cancelled", 9 }, { bytes, err, op.id })
    assert.equal("cancelled", op:GetCompletionStatus())
  end)

  it("can be cancelled until it has completed", function()
    local op = res:WriteEntityChunks("abc", true)
    fake.answers = { C.SL_OK, C.SL_EMPTY }
    assert.is_true(op:cancel())
    assert.same({ nil, "completed" }, { op:cancel() })
    fake.completions[1] = C.SL_EGONE
    assert.same({ nil, "the exchange is over" }, { op:GetCompletedOperation() })
  end)
end)
