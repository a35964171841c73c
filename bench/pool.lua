-- Load for wrk: the requests in a file, in order, starting at a place that differs from run to run.
-- wrk -s pool.lua URL -- FILE SEED REST; each line of the file has a request's headers, NAME and VALUE separated by tabs.
-- :path is not a header, but the request's own path. REST is in ms, before each request.
local requests, at = {}, 0

function init(args)
   for line in io.lines(args[1]) do
      local headers, name = {}, nil
      for word in line:gmatch("[^\t]+") do
         if name then headers[name], name = word, nil else name = word end
      end
      local path = headers[":path"]
      headers[":path"] = nil
      requests[#requests + 1] = wrk.format("GET", path, headers)
   end
   at = tonumber(args[2]) % #requests
   local rest = tonumber(args[3] or 0)
   if rest > 0 then
      delay = function() return math.random(0, 2 * rest) end
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function done(summary, latency, requests)
   local errors = summary.errors
   local broken = errors.connect + errors.read + errors.write
   io.write(string.format("RESULT %d %d %f %f %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), errors.status, broken, errors.timeout))
end
