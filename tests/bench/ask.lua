-- SPDX-License-Identifier: Apache-2.0
-- For wrk: sends the Authorization headers of a file in turn, from the nth on;
-- an empty line is a request without one. Ends with the latencies, in
-- microseconds.
local requests = {}
local last

function init(arguments)
    for line in io.lines(arguments[1]) do
        local header = line ~= "" and { Authorization = line } or nil
        requests[#requests + 1] = wrk.format("GET", nil, header)
    end
    last = tonumber(arguments[2]) % #requests
end

function request()
    last = last % #requests + 1
    return requests[last]
end

function done(_, latency)
    io.write(string.format("p50 %d p99 %d\n", latency:percentile(50),
                           latency:percentile(99)))
end
