--- Digests: SHA-256 and SHA-512 (FIPS 180-4), and HMAC (RFC 2104), of what comes
--- piece by piece.

local misuse = require("sluice.misuse")
local host = require("sluice.native").host

local check_type = misuse.check_type

---A digest that texts are added to.
---@class sluice.Hash
---@field private state userdata
local Hash = {}
Hash.__index = Hash

---Add a text.
---
---    local hash = sluice.hash.sha256()
---    hash:update("te"):update("a")
---    res:write(hash:hex():sub(1, 8), "\n") --> a9f74d1e
---@param text string
---@return sluice.Hash self
function Hash:update(text)
  check_type(text, "string", 1, "update")
  host.update_hash(self.state, text)
  return self
end

---The digest of all that was added, as bytes. More can be added afterwards.
---
---    local digest = sluice.hash.sha256("tea"):digest()
---    res:write(#digest, "\n") --> 32
---@return string bytes 32 of them, or 64 of SHA-512
function Hash:digest()
  return host.digest(self.state)
end

---The same in hexadecimal digits.
---
---    res:write(sluice.hash.sha256(""):hex():sub(1, 8), "\n") --> e3b0c442
---@return string
function Hash:hex()
  return (self:digest():gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

local function new(kind, key, text)
  local hash = setmetatable({ state = host.new_hash(kind, key) }, Hash)
  return text and hash:update(text) or hash
end

local hash = {}

---SHA-256.
---
---    local digest = sluice.hash.sha256("tea\n"):digest()
---    res:write(sluice.base64.encode(digest):sub(1, 8), "\n") --> tJyHbfi2
---@param text? string the first that is added
---@return sluice.Hash
function hash.sha256(text)
  check_type(text, "string?", 1, "sha256")
  return new("sha256", nil, text)
end

---SHA-512.
---
---    res:write(#sluice.hash.sha512("tea"):hex(), "\n") --> 128
---@param text? string
---@return sluice.Hash
function hash.sha512(text)
  check_type(text, "string?", 1, "sha512")
  return new("sha512", nil, text)
end

---HMAC with SHA-256: a digest that only who knows the key can make, as for the
---signature of a webhook or a cookie.
---
---    local sum = sluice.hash.hmac_sha256("a secret", "user=7")
---    res:write(#sum:digest(), "\n") --> 32
---@param key string
---@param text? string
---@return sluice.Hash
function hash.hmac_sha256(key, text)
  check_type(key, "string", 1, "hmac_sha256")
  check_type(text, "string?", 2, "hmac_sha256")
  return new("hmac_sha256", key, text)
end

---Are two texts the same? It takes as long wherever they differ, so that nobody can
---find a signature out by trying.
---
---    -- GET / [X-Signature: 0000]
---    local sum = sluice.hash.hmac_sha256("a secret", req.path):hex()
---    if not sluice.hash.equal(sum, req.headers["x-signature"] or "") then
---      return res:status(403) --> HTTP/1.1 403 Forbidden
---    end
---@param one string
---@param other string
---@return boolean
function hash.equal(one, other)
  check_type(one, "string", 1, "equal")
  check_type(other, "string", 2, "equal")
  return host.equal_bytes(one, other)
end

return hash
