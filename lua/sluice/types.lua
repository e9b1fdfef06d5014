--- The media types of files, by the endings of their names. The table is part of
--- the library, so that an app answers the same on every machine.

local TEXT = "; charset=utf-8"

local types = {
  -- pages and their parts
  html = "text/html" .. TEXT,
  htm = "text/html" .. TEXT,
  css = "text/css" .. TEXT,
  js = "text/javascript" .. TEXT,
  mjs = "text/javascript" .. TEXT,
  json = "application/json",
  map = "application/json",
  webmanifest = "application/manifest+json",
  wasm = "application/wasm",
  xhtml = "application/xhtml+xml",
  xml = "application/xml",
  rss = "application/rss+xml",
  atom = "application/atom+xml",
  -- text
  txt = "text/plain" .. TEXT,
  log = "text/plain" .. TEXT,
  lua = "text/plain" .. TEXT,
  md = "text/markdown" .. TEXT,
  csv = "text/csv" .. TEXT,
  tsv = "text/tab-separated-values" .. TEXT,
  ics = "text/calendar" .. TEXT,
  vtt = "text/vtt" .. TEXT,
  yaml = "application/yaml",
  yml = "application/yaml",
  jsonld = "application/ld+json",
  ndjson = "application/x-ndjson",
  -- pictures
  svg = "image/svg+xml",
  png = "image/png",
  apng = "image/apng",
  jpg = "image/jpeg",
  jpeg = "image/jpeg",
  gif = "image/gif",
  webp = "image/webp",
  avif = "image/avif",
  heic = "image/heic",
  ico = "image/x-icon",
  bmp = "image/bmp",
  tif = "image/tiff",
  tiff = "image/tiff",
  -- sound and film
  mp3 = "audio/mpeg",
  m4a = "audio/mp4",
  aac = "audio/aac",
  ogg = "audio/ogg",
  oga = "audio/ogg",
  opus = "audio/ogg",
  flac = "audio/flac",
  wav = "audio/wav",
  weba = "audio/webm",
  mid = "audio/midi",
  mp4 = "video/mp4",
  m4v = "video/mp4",
  mov = "video/quicktime",
  mpeg = "video/mpeg",
  ogv = "video/ogg",
  webm = "video/webm",
  avi = "video/x-msvideo",
  mkv = "video/matroska",
  ts = "video/mp2t",
  m3u8 = "application/vnd.apple.mpegurl",
  mpd = "application/dash+xml",
  -- fonts
  woff = "font/woff",
  woff2 = "font/woff2",
  ttf = "font/ttf",
  otf = "font/otf",
  -- documents
  pdf = "application/pdf",
  rtf = "application/rtf",
  epub = "application/epub+zip",
  doc = "application/msword",
  docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls = "application/vnd.ms-excel",
  xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ppt = "application/vnd.ms-powerpoint",
  pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt = "application/vnd.oasis.opendocument.text",
  ods = "application/vnd.oasis.opendocument.spreadsheet",
  odp = "application/vnd.oasis.opendocument.presentation",
  -- archives
  zip = "application/zip",
  gz = "application/gzip",
  tgz = "application/gzip",
  bz2 = "application/x-bzip2",
  xz = "application/x-xz",
  zst = "application/zstd",
  tar = "application/x-tar",
  ["7z"] = "application/x-7z-compressed",
  rar = "application/vnd.rar",
  jar = "application/java-archive",
}

---The media type of a file.
---@param path string
---@param others? table<string, string> by ending, in lower case; they go first
---@return string
local function of(path, others)
  local ending = path:match("%.([^./]+)$")
  ending = ending and ending:lower()
  return ending and (others and others[ending] or types[ending]) or "application/octet-stream"
end

return { of = of }
