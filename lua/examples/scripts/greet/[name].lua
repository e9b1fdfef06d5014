--- One function for each method; others get 405, and are told these two.
---
---     curl -d greeting=Salut http://127.0.0.1:8080/scripts/greet/you

local greeting = "Hello"

return {
  get = function(req, res)
    res:text(greeting .. ", " .. req.params.name .. "!\n")
  end,

  post = function(req, res)
    local form = assert(req:form({ fields = 1 })) -- what is no form gets 415
    if type(form.greeting) ~= "string" then
      return res:text("Send one field: greeting.\n", 400)
    end
    greeting = form.greeting
    res:redirect(req.raw_path, 303)
  end,
}
