-- wrk: create-otp with a reference and a receiver of its own each time; what came back is counted and printed as JSON.
local count, run = 0, os.getenv("OTPPI_BENCH_RUN") or "r"
good, other = 0, 0 -- not local: done() reads them from each thread
local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
   wrk.headers["Authorization"] = os.getenv("OTPPI_BENCH_AUTH")
   good, other = 0, 0
end

function request()
   count = count + 1
   local body = string.format(
      '{"command":"create-otp","data":{"reference":"%s-%d","receiver":"62812%08d","message":"Your code is %%s"}}',
      run, count, count)
   return wrk.format(nil, "/api/otp", nil, body)
end

function response(status, headers, body)
   if status == 200 and string.find(body, '"response_code": *"000"') then good = good + 1 else other = other + 1 end
end

function done(summary, latency, requests)
   local sum_good, sum_other = 0, 0
   for _, thread in ipairs(threads) do
      sum_good = sum_good + thread:get("good")
      sum_other = sum_other + thread:get("other")
   end
   io.write(string.format('RESULT {"good":%d,"other":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f}\n',
      sum_good, sum_other, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
