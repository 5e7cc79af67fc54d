using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace GroupTherapy.Platform.Resilience;

/// <summary>Limits for a call that leaves the process: a time limit and a circuit. Never a blanket retry: a repeated write is the caller's decision.</summary>
public static class Outbound
{
    public static ResiliencePipeline Pipeline(string name, TimeSpan limit) =>
        new ResiliencePipelineBuilder { Name = name }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    FailureRatio = 0.5,
                    MinimumThroughput = 8,
                    SamplingDuration = TimeSpan.FromSeconds(10),
                    BreakDuration = TimeSpan.FromSeconds(2),
                }
            )
            .AddTimeout(new TimeoutStrategyOptions { Timeout = limit })
            .Build();
}
