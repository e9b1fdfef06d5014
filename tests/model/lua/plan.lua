--- What a sequence consists of, drawn before it runs: a request with its children, and
--- the stages around each of them.

local change = require("change")

---@class model.Actor a stage of some routes
---@field name string
---@field change string
---@field order integer
---@field keeps "nothing"|"text"|"count" how
---@field most integer bytes that it declares
---@field ms integer
---@field is_plain boolean it has nothing but `chunks`
---@field lives integer? pieces of work until it fails
---@field patience integer? pieces of work until it waits for ever

---@class model.Node a request: that of the client is the first
---@field path string
---@field parent model.Node?
---@field children model.Node[]
---@field group model.Actor[]
---@field route model.Actor[]
---@field written string that was accepted of it
---@field including model.Node? a part of that one may be behind it
---@field failure string? why its answer need not come
---@field is_stuck boolean a stage waits for ever, which is all that has failed
---@field was_cleared boolean
---@field has_aborted boolean its handler did it: there is no page that says so
---@field is_over boolean its handler has done all
---@field is_outlived boolean it had not, when that of its parent had

local plan = {}

local function new_actor(random, name)
  local kind = random:pick(change.kinds)
  local keeps = random:pick({ "nothing", "text", "count" })
  return {
    name = name,
    change = kind,
    order = random:below(3) - 1,
    keeps = keeps,
    most = random:pick({ 0, 5, 64, 500 }),
    ms = random:below(60) + 1,
    is_plain = kind == "same" and keeps ~= "count" and random:one_in(4),
    lives = random:one_in(8) and random:below(20) + 1 or nil,
    patience = random:one_in(30) and random:below(20) + 1 or nil,
  }
end

local function some_actors(random, where, most)
  local actors = {}
  for i = 1, random:below(most + 1) do
    actors[i] = new_actor(random, where .. i)
  end
  return actors
end

local MOST_NODES, DEEPEST = 6, 4

local function add_node(random, all, parent, depth)
  local node = { path = "/n" .. #all, parent = parent, children = {}, depth = depth }
  all[#all + 1] = node
  node.group = some_actors(random, "group" .. #all .. ".", 1)
  node.route = some_actors(random, "route" .. #all .. ".", 1)
  local wanted = depth < DEEPEST and random:below(3) or 0
  for _ = 1, wanted do
    if #all < MOST_NODES then
      table.insert(node.children, add_node(random, all, node, depth + 1))
    end
  end
  return node
end

---@param random model.Random
---@return { app: model.Actor[], nodes: model.Node[] }
function plan.draw(random)
  local nodes = {}
  local app = some_actors(random, "app", 2)
  add_node(random, nodes, nil, 1)
  return { app = app, nodes = nodes }
end

---The stages of a node, that which sees the chunks first in front.
---@param drawn { app: model.Actor[] }
---@param node model.Node
---@return model.Actor[]
function plan.chain(drawn, node)
  local chain = {}
  for _, actors in ipairs({ drawn.app, node.group, node.route }) do
    for _, actor in ipairs(actors) do
      local at = 1 -- of equals the one that was added later is the first
      while chain[at] and chain[at].order > actor.order do
        at = at + 1
      end
      table.insert(chain, at, actor)
    end
  end
  return chain
end

return plan
