using System.Text;
using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

public class ReplyReaderTests
{
    private const string Right = "VALUE abc 0 5\r\nabcab\r\nEND\r\n";

    [Theory]
    [InlineData(Right, ReplyKind.Expected)]
    [InlineData("END\r\n", ReplyKind.Miss)]
    [InlineData("SERVER_ERROR out of memory\r\n", ReplyKind.ServerError)]
    [InlineData("CLIENT_ERROR bad\r\n", ReplyKind.ServerError)]
    [InlineData("ERROR\r\n", ReplyKind.ServerError)]
    [InlineData("VALUE abc 0 5\r\nabcaX\r\nEND\r\n", ReplyKind.Mismatch)]
    [InlineData("VALUE abc 0 4\r\nabca\r\nEND\r\n", ReplyKind.Mismatch)]
    [InlineData("VALUE other 0 5\r\nother\r\nEND\r\n", ReplyKind.Mismatch)]
    [InlineData("VALUE abc 0 0\r\n\r\nEND\r\n", ReplyKind.Mismatch)]
    public void OneReplyIsConsumedHoweverItIsCut(string reply, object kind)
    {
        byte[] expected = Encoding.ASCII.GetBytes(Right);
        byte[] stream = Encoding.ASCII.GetBytes(reply + "VALUE next");
        int length = reply.Length;
        for (int cut = 0; cut < length; cut++)
        {
            ReplyReader.Read(stream.AsSpan(0, cut), expected, out int none).ShouldBe(ReplyKind.Incomplete, $"cut at {cut}");
            none.ShouldBe(0);
        }

        ReplyReader.Read(stream, expected, out int consumed).ShouldBe((ReplyKind)kind);
        consumed.ShouldBe(length);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("VALUE abc 0 -1\r\n")]
    [InlineData("VALUE abc 0 99999999\r\n")]
    [InlineData("VALUE abc 0 five\r\n")]
    [InlineData("VALUE abc 0 4\r\nabcabcabcabcabc")]
    public void WhatIsNotTheProtocolIsGarbage(string reply)
    {
        ReplyReader.Read(Encoding.ASCII.GetBytes(reply), Encoding.ASCII.GetBytes(Right), out int consumed).ShouldBe(ReplyKind.Garbage);
        consumed.ShouldBe(0);
    }

    [Fact]
    public void AnEndlessLineIsGarbage() =>
        ReplyReader.Read(Enumerable.Repeat((byte)'x', 2000).ToArray(), "STORED\r\n"u8, out _).ShouldBe(ReplyKind.Garbage);
}
