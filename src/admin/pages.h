#pragma once
// All pages; routes.cc says which path leads to which. Each stands in a file of its resource's name.
#include <optional>

#include "admin/page.h"
#include "net/http_server.h"
#include "net/task.h"

namespace ktl::admin {

Answer health(Page& page);  // health.cc
Answer liveness(Page& page);
Answer readiness(Page& page);

Answer list_models(Page& page);  // models.cc
Answer show_model(Page& page);   // {id}

Answer metrics(Page& page);                    // metrics.cc
net::Task<Answer> engine_metrics(Page& page);  // engine_metrics.cc, {name}
Answer token_info(Page& page);                 // token_info.cc
Answer user_stats(Page& page);                 // stats.cc, {user}

Answer list_usage(Page& page);  // usage.cc
Answer describe(Page& page);    // describe.cc

net::Task<Answer> reload(Page& page);              // reload.cc
net::Task<Answer> optimize(Page& page);            // optimize.cc
net::Task<Answer> warmup(Page& page);              // warmup.cc
net::Task<Answer> engine_performance(Page& page);  // engine_performance.cc
net::Task<Answer> runtime_info(Page& page);        // runtime_info.cc

Answer overview(Page& page);  // live.cc
Answer engines(Page& page);
Answer gpus(Page& page);
// Sends samples until the viewer or the gateway goes; or refuses to, and has sent nothing.
net::Task<std::optional<Answer>> stream_samples(Page& page, net::HttpExchange& http, std::string header_lines);

net::Task<Answer> series_page(Page& page);  // series.cc

}  // namespace ktl::admin
