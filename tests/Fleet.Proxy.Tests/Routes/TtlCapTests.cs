using System.Text;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Routes;

namespace Fleet.Proxy.Tests.Routes;

public class TtlCapTests
{
    [Theory]
    [InlineData("set k 1 0 2\r\nhi\r\n", "set k 1 10 2\r\nhi\r\n")]
    [InlineData("add k 1 5 2\r\nhi\r\n", "add k 1 5 2\r\nhi\r\n")]
    [InlineData("cas k 1 500 2 77\r\nhi\r\n", "cas k 1 10 2 77\r\nhi\r\n")]
    [InlineData("set k 1 -1 2\r\nhi\r\n", "set k 1 -1 2\r\nhi\r\n")]
    [InlineData("set k 1 2000000500 2\r\nhi\r\n", "set k 1 10 2\r\nhi\r\n")]
    [InlineData("set k 1 2000000003 2\r\nhi\r\n", "set k 1 3 2\r\nhi\r\n")]
    [InlineData("set k 1 1999999999 2\r\nhi\r\n", "set k 1 -1 2\r\nhi\r\n")]
    [InlineData("touch k 0\r\n", "touch k 10\r\n")]
    [InlineData("gat 400 k\r\n", "gat 10 k\r\n")]
    [InlineData("append k 1 0 2\r\nhi\r\n", "append k 1 0 2\r\nhi\r\n")]
    [InlineData("incr k 100\r\n", "incr k 100\r\n")]
    [InlineData("ms k 2 T0 F3\r\nhi\r\n", "ms k 2 T10 F3\r\nhi\r\n")]
    [InlineData("ms k 2\r\nhi\r\n", "ms k 2 T10\r\nhi\r\n")]
    [InlineData("ms T99 2 b\r\nhi\r\n", "ms T99 2 b T10\r\nhi\r\n")]
    [InlineData("mg k t v T300\r\n", "mg k t v T10\r\n")]
    [InlineData("ma k N0 J1 T60\r\n", "ma k N10 J1 T10\r\n")]
    [InlineData("mg k v t\r\n", "mg k v t\r\n")]
    public void Times_to_live_are_bounded_and_nothing_else_changes(string request, string expected)
    {
        var output = new ByteBuffer(new BufferPool());
        TtlCap.Write(output, Encoding.ASCII.GetBytes(request), capSeconds: 10, unixNow: 2_000_000_000);
        Encoding.ASCII.GetString(output.Data).ShouldBe(expected);
    }
}
