# R's answers for lvrn_eval.offending on MASS epil: seizures in 8 weeks before and 8 weeks after, 59 people.
# Run in this folder: Rscript epil_offending.R
suppressMessages({library(jsonlite); library(MASS); library(sandwich); library(exactRankTests)})
people <- read.csv("epil_prepost.csv")
n <- nrow(people)

# the same counts under invented days at risk, different for everybody
people$days_before <- 56 + (people$subject * 7) %% 50
people$days_after <- 30 + (people$subject * 5) %% 41

long <- function(d, before, after) {
  data.frame(subject = factor(rep(d$subject, 2)), period = rep(0:1, each = nrow(d)), y = c(d$base, d$post),
             days = c(before, after))
}

rate_ratios <- function(d, before, after) {
  frame <- long(d, before, after)
  tight <- glm.control(epsilon = 1e-14, maxit = 100)
  marginal <- glm(y ~ period + offset(log(days)), poisson, frame, control = tight)
  fixed <- glm(y ~ period + subject + offset(log(days)), poisson, frame, control = tight)
  robust <- sqrt(diag(vcovCL(marginal, cluster = frame$subject, type = "HC0", cadjust = FALSE)))
  likelihood <- function(t) {
    logLik(glm(y ~ subject + offset(log(days) + t * period), poisson, frame, control = tight))[1]
  }
  best <- logLik(fixed)[1]
  centre <- coef(fixed)["period"]
  se <- summary(fixed)$coefficients["period", 2]
  edge <- function(from, to) uniroot(function(t) 2 * (best - likelihood(t)) - qchisq(0.95, 1), c(from, to), tol = 1e-12)$root
  list(
    marginal = unname(coef(marginal)["period"]), robust_se = unname(robust["period"]),
    conditional = unname(centre), conditional_se = unname(se),
    profile = exp(c(edge(centre - 6 * se, centre), edge(centre, centre + 6 * se))),
    profile_p = pchisq(2 * (best - likelihood(0)), 1, lower.tail = FALSE)
  )
}

# the sum of binomials by repeated convolution, and both tails inverted
exact <- function(d, before, after, level = 0.95) {
  total <- d$base + d$post
  seen <- sum(d$post)
  chances <- function(ratio) {
    p <- ratio * after / (ratio * after + before)
    Reduce(function(a, i) convolve(a, rev(dbinom(0:total[i], total[i], p[i])), type = "open"), seq_along(total), 1)
  }
  upper_tail <- function(ratio) sum(chances(ratio)[(seen + 1):(sum(total) + 1)])
  lower_tail <- function(ratio) sum(chances(ratio)[1:(seen + 1)])
  alpha <- (1 - level) / 2
  list(
    low = uniroot(function(r) upper_tail(r) - alpha, c(0.1, 5), tol = 1e-12)$root,
    high = uniroot(function(r) lower_tail(r) - alpha, c(0.1, 5), tol = 1e-12)$root
  )
}

few <- people[1:12, ]
wilcoxon <- function(d) {
  test <- suppressWarnings(wilcox.test(d$post, d$base, paired = TRUE, exact = FALSE, correct = FALSE))
  list(v = unname(test$statistic), normal_p = test$p.value, 
       exact_p = wilcox.exact(d$post, d$base, paired = TRUE, exact = TRUE)$p.value)
}
both <- poisson.test(c(sum(people$post), sum(people$base)), c(n * 56, n * 56))
after <- poisson.test(sum(people$post), n * 56 / 365.25)
fell <- sum(people$post < people$base)
rose <- sum(people$post > people$base)
stopped <- sum(people$base > 20 & people$post <= 20)
began <- sum(people$base <= 20 & people$post > 20)
mc <- binom.test(began, began + stopped)
sign <- binom.test(fell, fell + rose)

answers <- list(
  days_before = people$days_before, days_after = people$days_after,
  equal = rate_ratios(people, rep(56, n), rep(56, n)),
  unequal = rate_ratios(people, people$days_before, people$days_after),
  exact_unequal_12 = exact(few, few$days_before, few$days_after),
  conditional_unequal_12 = rate_ratios(few, few$days_before, few$days_after)[c("conditional", "conditional_se")],
  poisson_ratio = list(ratio = unname(both$estimate), interval = both$conf.int),
  rate_after = list(rate = unname(after$estimate), interval = after$conf.int),
  wilcoxon = wilcoxon(people), wilcoxon_12 = wilcoxon(few),
  sign = list(fell = fell, rose = rose, p = sign$p.value, interval = sign$conf.int),
  falling_90 = as.numeric(binom.test(fell, n, conf.level = 0.9)$conf.int),
  wilson = as.numeric(prop.test(fell, n, correct = FALSE)$conf.int),
  mcnemar_over_20 = list(stopped = stopped, began = began, p = mc$p.value, interval = mc$conf.int / (1 - mc$conf.int)),
  session = paste(R.version.string, "MASS", packageVersion("MASS"), "sandwich", packageVersion("sandwich"),
                  "exactRankTests", packageVersion("exactRankTests"))
)
write_json(answers, "epil_offending.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
