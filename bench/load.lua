-- Load for wrk: repeats one request or, with a body file, a POST in which @KEY@ is new each time.
-- wrk -s load.lua URL -- METHOD BODY_FILE SEED REST NAME VALUE [NAME VALUE ...]; REST is in ms, before each request.
local before, after

function init(args)
   wrk.method = args[1]
   local rest = tonumber(args[4])
   if rest > 0 then
      delay = function() return math.random(0, 2 * rest) end
   end
   for i = 5, #args - 1, 2 do
      wrk.headers[args[i]] = args[i + 1]
   end
   if args[2] ~= "-" then
      local file = assert(io.open(args[2], "rb"))
      local body = file:read("*a")
      file:close()
      math.randomseed(tonumber(args[3]))
      wrk.body = body:gsub("@KEY@", string.rep("0", 32))
      local whole = wrk.format()
      local at = whole:find(string.rep("0", 32), 1, true)
      before, after = whole:sub(1, at - 1), whole:sub(at + 32)
      request = post
   end
end

function post()
   local r = math.random
   local key = string.format("%08x%08x%08x%08x", r(0, 2^31), r(0, 2^31), r(0, 2^31), r(0, 2^31))
   return before .. key .. after
end

function done(summary, latency, requests)
   local errors = summary.errors
   local broken = errors.connect + errors.read + errors.write
   io.write(string.format("RESULT %d %d %f %f %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), errors.status, broken, errors.timeout))
end
