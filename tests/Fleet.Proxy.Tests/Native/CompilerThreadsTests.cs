using System.Globalization;
using System.Reflection;
using Fleet.Hosting.Threads;
using Fleet.Proxy.Native;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Native;

public class CompilerThreadsTests
{
    // From so many calls on the runtime compiles a method anew.
    private const int Hot = 40;
    private static Type _last = typeof(byte);

    [Fact]
    public async Task A_proxy_lets_requests_go_before_the_compiler()
    {
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options(["127.0.0.1:1"]));
        await Until.TrueAsync(
            () =>
            {
                Heat();
                return OwnThreads.All().Any(NiceOf(CompilerThreads.Nice));
            },
            "a thread has a nice value of 19");
    }

    [Fact]
    public async Task Whoever_does_not_compile_is_left_alone()
    {
        IReadOnlyList<int> compiling = [];
        await Until.TrueAsync(
            () =>
            {
                Heat();
                compiling = CompilerThreads.LetOthersFirst();
                return compiling.Count > 0;
            },
            "the runtime compiles");
        compiling.ShouldContain(thread => NiceOf(CompilerThreads.Nice)(thread));
        OwnThreads.All().Except(compiling).Count(NiceOf(0)).ShouldBeGreaterThan(1);
    }

    private static Func<int, bool> NiceOf(int nice) => thread =>
    {
        try
        {
            // Behind the name, which may hold blanks, nice is the 17th word (proc_pid_stat(5)).
            string stat = File.ReadAllText($"/proc/self/task/{thread.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16] == nice.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    };

    // Code of a type that nobody has used is new code.
    private static void Heat()
    {
        for (int types = 0; types < 8; types++)
        {
            _last = typeof(ValueTuple<,>).MakeGenericType(_last, typeof(int));
            MethodInfo code = typeof(CompilerThreadsTests).GetMethod(nameof(Work), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(_last);
            Func<int, int> call = code.CreateDelegate<Func<int, int>>();
            for (int i = 0; i < Hot; i++)
            {
                call(i);
            }
        }

        _last = _last.ToString().Length > 2000 ? typeof(long) : _last;
    }

    private static int Work<T>(int seed)
        where T : struct
    {
        T value = default;
        return (seed * 31) + value.GetHashCode();
    }
}
