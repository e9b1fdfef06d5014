local accept = require("sluice.accept")

describe("a media type", function()
  local function best(field, ...)
    return accept.media_type(field, { ... })
  end

  it("is the first one for who accepts all", function()
    assert.equal("json", best(nil, "json", "html"))
    assert.equal("json", best("", "json", "html"))
    assert.equal("html", best("*/*", "html", "json"))
  end)

  it("is chosen by weight, then by the order of the offers", function()
    assert.equal("html", best("text/html, application/json;q=0.9", "json", "html"))
    assert.equal("json", best("text/html;q=0.8, application/json;q=0.8", "json", "html"))
    assert.equal("json", best("text/*;q=0.3, application/json;q=0.31", "html", "json"))
  end)

  -- The example of RFC 9110, 12.5.1.
  it("has the weight of the range that fits it most closely", function()
    local field = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, "
      .. "text/plain;format=fixed;q=0.4, */*;q=0.5"
    assert.equal("text/plain;format=flowed", best(field, "text/plain", "text/plain;format=flowed"))
    assert.equal("text/plain", best(field, "text/plain;format=fixed", "text/plain"))
    assert.equal("image/jpeg", best(field, "text/html", "image/jpeg"))
    assert.equal("text/plain;format=fixed", best(field, "text/html", "text/plain;format=fixed"))
  end)

  it("is none when nothing is acceptable", function()
    assert.is_nil(best("image/png", "json", "html"))
    assert.is_nil(best("text/html;q=0, */*;q=0.1", "html"))
    assert.equal("json", best("text/html;q=0, */*;q=0.1", "html", "json"))
  end)

  it("compares without case, and survives nonsense", function()
    assert.equal("html", best("TEXT/HTML ; Q=0.5", "html"))
    assert.equal("html", best(",, ;;q=, text/html;q=nonsense", "html"))
    assert.equal("html", best("text/html;q=7, text/css", "html", "css"))
    assert.is_nil(best("text", "html"))
    assert.is_nil(best("text/html;q=-1", "html"))
  end)
end)

describe("a language", function()
  local function best(field, ...)
    return accept.language(field, { ... })
  end

  it("fits a range that begins it", function()
    assert.equal("en-GB", best("en", "de", "en-GB"))
    assert.is_nil(best("en", "eng"))
    assert.equal("de", best("da, en-gb;q=0.8, de;q=0.9", "en-GB", "de"))
  end)

  it("stands in for a narrower one that is not there", function()
    assert.equal("de", best("de-AT, en;q=0.5", "en", "de"))
    assert.equal("en", best("de-AT;q=0.2, de;q=0.1, en;q=0.15", "de", "en"))
  end)

  it("has the highest weight of those that fit as closely", function()
    assert.equal("en", best("en-GB;q=0.1, en-US;q=0.8, de;q=0.5", "de", "en"))
    assert.equal("de", best("en-US;q=0.4, en-GB;q=0.1, de;q=0.5", "de", "en"))
  end)

  it("is excluded by a weight of 0", function()
    assert.equal("fr", best("en;q=0, *", "en-US", "fr"))
    assert.is_nil(best("en", "fr"))
    assert.equal("en", best(nil, "en", "fr"))
  end)
end)

describe("a content coding", function()
  local function best(field, ...)
    return accept.encoding(field, { ... })
  end

  it("is only used for who asks for it", function()
    assert.is_nil(best(nil, "br", "gzip"))
    assert.is_nil(best("", "br", "gzip"))
    assert.equal("identity", best(nil, "br", "identity"))
    assert.equal("gzip", best("gzip, deflate", "br", "gzip"))
    assert.equal("gzip", best("x-gzip", "br", "gzip"))
  end)

  it("is chosen by weight, identity last", function()
    assert.equal("br", best("gzip, br", "br", "gzip", "identity"))
    assert.equal("gzip", best("gzip, br;q=0.9", "identity", "br", "gzip"))
    assert.equal("identity", best("identity, gzip;q=0.5", "gzip", "identity"))
    assert.equal("br", best("*", "br", "gzip"))
    assert.equal("br", best("gzip;q=0, *;q=0.1", "gzip", "br"))
  end)

  it("may be none, not even identity", function()
    assert.is_nil(best("gzip, identity;q=0", "br", "identity"))
    assert.is_nil(best("gzip, *;q=0", "br", "identity"))
    assert.equal("identity", best("gzip;q=0", "gzip", "identity"))
  end)
end)
