--- Base64 (RFC 4648), in the usual alphabet and in the one for URLs.

local ffi = require("ffi")
local bit = require("bit")
local misuse = require("sluice.misuse")

local band, bor, lshift, rshift = bit.band, bit.bor, bit.lshift, bit.rshift

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
local PAD = ("="):byte()
local NONE = 255

---@class sluice.Alphabet
---@field digits ffi.cdata* 64 characters
---@field values ffi.cdata* of each character, or NONE
---@field padded boolean

local function new_alphabet(text, padded)
  local digits, values = ffi.new("uint8_t[64]"), ffi.new("uint8_t[256]")
  ffi.fill(values, 256, NONE)
  for i = 0, 63 do
    digits[i] = text:byte(i + 1)
    values[digits[i]] = i
  end
  return { digits = digits, values = values, padded = padded }
end

local usual = new_alphabet(LETTERS .. "+/", true)
local for_urls = new_alphabet(LETTERS .. "-_", false)

-- The last one or two bytes, which make two or three digits.
local function encode_tail(text, out, at, alphabet)
  local left = #text % 3
  if left == 0 then
    return at
  end
  local a, b = text:byte(#text - left + 1, #text)
  local group = bor(lshift(a, 16), lshift(b or 0, 8))
  for i = 0, left do
    out[at + i] = alphabet.digits[band(rshift(group, 18 - 6 * i), 63)]
  end
  at = at + left + 1
  while alphabet.padded and at % 4 ~= 0 do
    out[at], at = PAD, at + 1
  end
  return at
end

local function encode(text, alphabet)
  local out = ffi.new("uint8_t[?]", math.floor((#text + 2) / 3) * 4)
  local digits, at = alphabet.digits, 0
  for i = 1, #text - 2, 3 do
    local a, b, c = text:byte(i, i + 2)
    local group = bor(lshift(a, 16), lshift(b, 8), c)
    out[at] = digits[rshift(group, 18)]
    out[at + 1] = digits[band(rshift(group, 12), 63)]
    out[at + 2] = digits[band(rshift(group, 6), 63)]
    out[at + 3] = digits[band(group, 63)]
    at = at + 4
  end
  return ffi.string(out, encode_tail(text, out, at, alphabet))
end

-- What is left of two or three digits: bits beyond the last byte have to be
-- zero, so that a text has one encoding only.
local function decode_tail(group, left, out, at)
  if left == 2 and band(group, 15) == 0 then
    out[at] = rshift(group, 4)
    return at + 1
  elseif left == 3 and band(group, 3) == 0 then
    out[at], out[at + 1] = rshift(group, 10), band(rshift(group, 2), 255)
    return at + 2
  end
  return left == 0 and at or nil
end

local function without_padding(text, padded)
  local digits = text:match("^(.-)=?=?$")
  if #digits < #text or padded then
    return #text % 4 == 0 and digits or nil
  end
  return digits
end

local function decode(text, alphabet)
  text = without_padding(text, alphabet.padded)
  if not text then
    return nil, "the length of base64 is wrong"
  end
  local out = ffi.new("uint8_t[?]", #text)
  local values, at, group = alphabet.values, 0, 0
  for i = 1, #text do
    local value = values[text:byte(i)]
    if value == NONE then
      return nil, "no digit of base64 at byte " .. i
    end
    group = bor(lshift(group, 6), value)
    if i % 4 == 0 then
      out[at], out[at + 1] = rshift(group, 16), band(rshift(group, 8), 255)
      out[at + 2] = band(group, 255)
      at, group = at + 3, 0
    end
  end
  at = decode_tail(group, #text % 4, out, at)
  if not at then
    return nil, "the end of base64 is wrong"
  end
  return ffi.string(out, at)
end

local base64 = {}

---Encode in the usual alphabet, with padding.
---
---    local text = sluice.base64.encode("\0\1\2")
---@param data string
---@return string
function base64.encode(data)
  misuse.check(type(data) == "string", 1, "encode", "string", data)
  return encode(data, usual)
end

---Encode in the alphabet for URLs and names of files, without padding.
---
---    res:redirect("/next?state=" .. sluice.base64.encode_url(state))
---@param data string
---@return string
function base64.encode_url(data)
  misuse.check(type(data) == "string", 1, "encode_url", "string", data)
  return encode(data, for_urls)
end

---Decode the usual alphabet. Strict: padding, no white space, and no second
---encoding of the same bytes.
---
---    local data, err = sluice.base64.decode(text)
---@param text string
---@return string? data
---@return string? err
function base64.decode(text)
  misuse.check(type(text) == "string", 1, "decode", "string", text)
  return decode(text, usual)
end

---Decode the alphabet for URLs; strict likewise, padding may be left out.
---
---    local state, err = sluice.base64.decode_url(req.query.state)
---@param text string
---@return string? data
---@return string? err
function base64.decode_url(text)
  misuse.check(type(text) == "string", 1, "decode_url", "string", text)
  return decode(text, for_urls)
end

return base64
