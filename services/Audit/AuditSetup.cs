using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Audit;

public static class AuditSetup
{
    /// <summary>The service's audit record: its chain, its anchors, and the refusals and sensitive reads of every endpoint.</summary>
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AuditChain>().AddSingleton<AnchorSink>().AddSingleton<AccessTrail>();
        builder.Services.AddSingleton<IStartupFilter, AccessMiddleware.Outermost>();
        builder.Services.AddHostedService<AuditLinker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<AccessTrail>());
    }
}
