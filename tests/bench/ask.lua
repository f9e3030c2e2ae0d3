-- SPDX-License-Identifier: Apache-2.0
-- For wrk: sends the Authorization headers of a file in turn, from the nth on;
-- an empty line is a request without one. Ends with the latencies, in
-- microseconds.
local FEW = 100000      -- requests that are made before the first is sent
local headers = {}
local requests = {}
local last

local function make(number)
    local line = headers[number]
    local header = line ~= "" and { Authorization = line } or nil
    requests[number] = wrk.format("GET", nil, header)
    return requests[number]
end

function init(arguments)
    for line in io.lines(arguments[1]) do
        headers[#headers + 1] = line
    end
    for number = 1, #headers <= FEW and #headers or 0 do
        make(number)
    end
    last = tonumber(arguments[2]) % #headers
end

function request()
    last = last % #headers + 1
    return requests[last] or make(last)
end

function done(_, latency)
    io.write(string.format("p50 %d p99 %d\n", latency:percentile(50),
                           latency:percentile(99)))
end
