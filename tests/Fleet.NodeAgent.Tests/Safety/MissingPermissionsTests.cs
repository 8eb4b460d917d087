using Fleet.NodeAgent.Safety;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Tests.Safety;

public sealed class MissingPermissionsTests
{
    [Fact]
    public void EachIsLoggedOnceAndStaysVisible()
    {
        var log = new Lines();
        var permissions = new MissingPermissions(log);
        for (int i = 0; i < 3; i++)
        {
            permissions.Report("rapl-package", "energy_uj needs CAP_DAC_READ_SEARCH");
        }

        log.Texts.ShouldHaveSingleItem().ShouldContain("CAP_DAC_READ_SEARCH");
        permissions.Names.ShouldBe(["rapl-package"]);
    }

    private sealed class Lines : ILogger
    {
        internal List<string> Texts { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Texts.Add(formatter(state, exception));
    }
}
