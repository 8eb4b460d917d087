using Fleet.Proxy.Protocol;
using static Fleet.Proxy.Protocol.BinaryOpcode;
using static Fleet.Proxy.Protocol.BinaryStatus;
using static Fleet.Proxy.Tests.Protocol.BinaryWire;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Good and bad packets of the binary protocol.</summary>
internal static class BinaryCases
{
    public static WireCase[] All { get; } =
    [
        new("binary miss",
            Ask(Get, "a") + Ask(GetK, "a") + Ask(GetQ, "a") + Ask(GetKQ, "a") + Ask(Noop),
            Told(Get, NotFound) + Told(GetK, NotFound, key: "a", value: "") + Told(Noop)),
        new("binary store and read",
            Ask(Set, "a", extras: Item(5), value: "abc") + Ask(Get, "a") + Ask(GetK, "a") + Ask(GetQ, "a") + Ask(GetKQ, "a")
            + Ask(Noop),
            Told(Set, unique: 1) + Told(Get, extras: Life(5), value: "abc", unique: 1)
            + Told(GetK, key: "a", extras: Life(5), value: "abc", unique: 1)
            + Told(GetQ, extras: Life(5), value: "abc", unique: 1)
            + Told(GetKQ, key: "a", extras: Life(5), value: "abc", unique: 1) + Told(Noop)),
        new("binary quiet stores",
            Ask(SetQ, "a", extras: Item(), value: "x") + Ask(AddQ, "a", extras: Item(), value: "x")
            + Ask(AddQ, "b", extras: Item(), value: "x") + Ask(ReplaceQ, "c", extras: Item(), value: "x")
            + Ask(ReplaceQ, "a", extras: Item(), value: "y") + Ask(AppendQ, "a", value: "z") + Ask(PrependQ, "a", value: "w")
            + Ask(AppendQ, "c", value: "z") + Ask(DeleteQ, "b") + Ask(DeleteQ, "b") + Ask(Get, "a") + Ask(Noop),
            Told(AddQ, Exists) + Told(ReplaceQ, NotFound) + Told(AppendQ, NotStored) + Told(DeleteQ, NotFound)
            + Told(Get, extras: Life(0), value: "wyz", unique: 1) + Told(Noop)),
        new("binary add and replace",
            Ask(Add, "a", extras: Item(), value: "x") + Ask(Add, "a", extras: Item(), value: "x")
            + Ask(Replace, "b", extras: Item(), value: "x") + Ask(Replace, "a", extras: Item(), value: "y") + Ask(Get, "a"),
            Told(Add, unique: 1) + Told(Add, Exists) + Told(Replace, NotFound) + Told(Replace, unique: 1)
            + Told(Get, extras: Life(0), value: "y", unique: 1)),
        new("binary delete",
            Ask(Delete, "a") + Ask(Set, "a", extras: Item(), value: "1") + Ask(Delete, "a") + Ask(Get, "a"),
            Told(Delete, NotFound) + Told(Set, unique: 1) + Told(Delete) + Told(Get, NotFound)),
        new("binary unique",
            Ask(Set, "a", extras: Item(), value: "1") + Ask(Set, "a", extras: Item(), value: "2", unique: 999999999)
            + Ask(Set, "z", extras: Item(), value: "2", unique: 9) + Ask(Delete, "a", unique: 99999999)
            + Ask(Add, "z", extras: Item(), value: "2", unique: 9) + Ask(Replace, "z", extras: Item(), value: "2", unique: 9)
            + Ask(Replace, "a", extras: Item(), value: "2", unique: 9) + Ask(Add, "a", extras: Item(), value: "2", unique: 9)
            + Ask(Append, "a", value: "2", unique: 999999999) + Ask(Append, "z", value: "2", unique: 9),
            Told(Set, unique: 1) + Told(Set, Exists) + Told(Set, NotFound) + Told(Delete, Exists) + Told(Add, NotFound)
            + Told(Replace, NotFound) + Told(Replace, Exists) + Told(Add, Exists) + Told(Append, Exists)
            + Told(Append, NotStored)),
        new("binary counting",
            Ask(Increment, "n", extras: Count(1, 10)) + Ask(Increment, "n", extras: Count(1, 10))
            + Ask(Decrement, "n", extras: Count(5, 0)) + Ask(Decrement, "n", extras: Count(500, 0))
            + Ask(Increment, "m", extras: Count(1, 1, create: false)) + Ask(Get, "n")
            + Ask(IncrementQ, "n", extras: Count(1, 1)) + Ask(DecrementQ, "n", extras: Count(1, 1))
            + Ask(IncrementQ, "m", extras: Count(1, 1, create: false)) + Ask(Noop),
            Told(Increment, value: Number(10), unique: 1) + Told(Increment, value: Number(11), unique: 1)
            + Told(Decrement, value: Number(6), unique: 1) + Told(Decrement, value: Number(0), unique: 1)
            + Told(Increment, NotFound) + Told(Get, extras: Life(0), value: "0 ", unique: 1) + Told(IncrementQ, NotFound)
            + Told(Noop)),
        new("binary counting on text",
            Ask(Set, "a", extras: Item(), value: "x") + Ask(Increment, "a", extras: Count(1, 1))
            + Ask(IncrementQ, "a", extras: Count(1, 1)) + Ask(Increment, "a", extras: Count(1, 1), unique: 7),
            Told(Set, unique: 1) + Told(Increment, NotANumber) + Told(IncrementQ, NotANumber) + Told(Increment, Exists)),
        new("binary counting with unique",
            Ask(Increment, "n", extras: Count(1, 10)) + Ask(Increment, "n", extras: Count(1, 10), unique: 99999999)
            + Ask(Increment, "q", extras: Count(1, 10), unique: 99999999),
            Told(Increment, value: Number(10), unique: 1) + Told(Increment, Exists)
            + Told(Increment, value: Number(10), unique: 1)),
        new("binary append",
            Ask(Append, "a", value: "x") + Ask(Prepend, "a", value: "x") + Ask(Set, "a", extras: Item(), value: "2")
            + Ask(Append, "a", value: "3") + Ask(Prepend, "a", value: "1") + Ask(Get, "a"),
            Told(Append, NotStored) + Told(Prepend, NotStored) + Told(Set, unique: 1) + Told(Append, unique: 1)
            + Told(Prepend, unique: 1) + Told(Get, extras: Life(0), value: "123", unique: 1)),
        new("binary touch",
            Ask(Touch, "a", extras: Life(10)) + Ask(Set, "a", extras: Item(7), value: "abc")
            + Ask(Touch, "a", extras: Life(10)) + Ask(Gat, "a", extras: Life(10)) + Ask(Gat, "b", extras: Life(10))
            + Ask(GatQ, "a", extras: Life(10)) + Ask(GatQ, "b", extras: Life(10)) + Ask(GatK, "a", extras: Life(10))
            + Ask(GatK, "b", extras: Life(10)) + Ask(GatKQ, "a", extras: Life(10)) + Ask(GatKQ, "b", extras: Life(10))
            + Ask(Noop),
            Told(Touch, NotFound) + Told(Set, unique: 1) + Told(Touch, extras: Life(7), unique: 1)
            + Told(Gat, extras: Life(7), value: "abc", unique: 1) + Told(Gat, NotFound)
            + Told(GatQ, extras: Life(7), value: "abc", unique: 1)
            + Told(GatK, key: "a", extras: Life(7), value: "abc", unique: 1) + Told(GatK, NotFound, key: "b", value: "")
            + Told(GatKQ, key: "a", extras: Life(7), value: "abc", unique: 1) + Told(Noop)),
        new("binary noop",
            Ask(Noop),
            Told(Noop)),
        new("binary stat reset",
            Ask(Stat, "reset"),
            Told(Stat)),
        new("binary stat of nothing known",
            Ask(Stat, "bogus") + Ask(Noop),
            Told(Stat, NotFound) + Told(Noop)),
        new("binary flush",
            Ask(Set, "a", extras: Item(), value: "1") + Ask(Flush) + Ask(Get, "a") + Ask(Flush, extras: Life(0))
            + Ask(FlushQ) + Ask(Noop),
            Told(Set, unique: 1) + Told(Flush) + Told(Get, NotFound) + Told(Flush) + Told(Noop)),
        new("binary verbosity without a level",
            Ask(Verbosity) + Ask(Noop),
            Told(Verbosity, UnknownCommand) + Told(Noop)),
        new("binary quit",
            Ask(Get, "a") + Ask(Quit) + Ask(Noop),
            Told(Get, NotFound) + Told(Quit)),
        new("binary quiet quit",
            Ask(Get, "a") + Ask(QuitQ) + Ask(Noop),
            Told(Get, NotFound)),
        new("binary unknown operation",
            Ask((BinaryOpcode)0x40) + Ask((BinaryOpcode)0x25) + Ask((BinaryOpcode)0x81) + Ask(Noop),
            Told((BinaryOpcode)0x40, UnknownCommand) + Told((BinaryOpcode)0x25, UnknownCommand)
            + Told((BinaryOpcode)0x81, UnknownCommand) + Told(Noop)),
        new("binary unknown operation with a body",
            Ask((BinaryOpcode)0x40, "a", value: "abc") + Ask(Noop),
            Told((BinaryOpcode)0x40, UnknownCommand) + Told(Noop), "1.6.18 drops the body twice and loses the next request"),
        new("binary get with extras",
            Ask(Get, "a", extras: "1234") + Ask(Noop),
            Told(Get, Invalid)),
        new("binary get with a value",
            Ask(Get, "a", value: "v") + Ask(Noop),
            Told(Get, Invalid)),
        new("binary get without a key",
            Ask(Get) + Ask(Noop),
            Told(Get, Invalid)),
        new("binary set without extras",
            Ask(Set, "a", value: "v") + Ask(Noop),
            Told(Set, Invalid)),
        new("binary set without a key",
            Ask(Set, extras: Item(), value: "v") + Ask(Noop),
            Told(Set, Invalid)),
        new("binary delete with extras",
            Ask(Delete, "a", extras: "1234") + Ask(Noop),
            Told(Delete, Invalid)),
        new("binary noop with a key",
            Ask(Noop, "a") + Ask(Noop),
            Told(Noop, Invalid)),
        new("binary version with a key",
            Ask(BinaryOpcode.Version, "a") + Ask(Noop),
            Told(BinaryOpcode.Version, Invalid)),
        new("binary quit with a key",
            Ask(Quit, "a") + Ask(Noop),
            Told(Quit, Invalid)),
        new("binary flush with long extras",
            Ask(Flush, extras: "12345678") + Ask(Noop),
            Told(Flush, Invalid)),
        new("binary count with short extras",
            Ask(Increment, "a", extras: "123") + Ask(Noop),
            Told(Increment, Invalid)),
        new("binary append with extras",
            Ask(Append, "a", extras: "1234", value: "v") + Ask(Noop),
            Told(Append, Invalid)),
        new("binary touch without extras",
            Ask(Touch, "a") + Ask(Noop),
            Told(Touch, Invalid)),
        new("binary key beyond the body",
            Header(Get, key: 10, body: 1) + "a" + Ask(Noop),
            Told(Get, UnknownCommand)),
        new("binary extras beyond the body",
            Header(Get, key: 1, extras: 10, body: 1) + "a" + Ask(Noop),
            Told(Get, UnknownCommand)),
        new("binary key of 250 bytes",
            Ask(Set, ClassicCases.Key250, extras: Item(), value: "v") + Ask(GetK, ClassicCases.Key250) + Ask(Noop),
            Told(Set, unique: 1) + Told(GetK, key: ClassicCases.Key250, extras: Life(0), value: "v", unique: 1) + Told(Noop)),
        new("binary key of 251 bytes",
            Ask(Get, ClassicCases.Key251) + Ask(Noop),
            Told(Get, Invalid)),
        new("binary stored key of 251 bytes",
            Ask(Set, ClassicCases.Key251, extras: Item(), value: "v") + Ask(Noop),
            Told(Set, Invalid)),
        new("binary quiet key of 251 bytes",
            Ask(GetQ, ClassicCases.Key251) + Ask(Noop),
            Told(GetQ, Invalid)),
        new("binary key with blanks and NUL",
            Ask(Set, "a b\r\n\0c", extras: Item(), value: "v") + Ask(GetK, "a b\r\n\0c") + Ask(GetK, "a b\r\n\0d")
            + Ask(Append, "a b\r\n\0c", value: "w") + Ask(Increment, "a b", extras: Count(1, 3))
            + Ask(Touch, "a b\r\n\0c", extras: Life(100)) + Ask(Delete, "a b\r\n\0c") + Ask(Delete, "a b\r\n\0c"),
            Told(Set, unique: 1) + Told(GetK, key: "a b\r\n\0c", extras: Life(0), value: "v", unique: 1)
            + Told(GetK, NotFound, key: "a b\r\n\0d", value: "") + Told(Append, unique: 1)
            + Told(Increment, value: Number(3), unique: 1) + Told(Touch, extras: Life(0), unique: 1) + Told(Delete)
            + Told(Delete, NotFound)),
        new("binary other magic later",
            Ask(Noop) + "\u0081\n" + new string('\0', 22) + Ask(Noop),
            Told(Noop)),
        new("binary text later",
            Ask(Noop) + "get a\r\n" + new string(' ', 30),
            Told(Noop)),
        new("binary data type and partition are not looked at",
            Header(Get, key: 1, body: 1, dataType: 1, partition: 5) + "a" + Ask(Noop),
            Told(Get, NotFound) + Told(Noop)),
        new("binary login where nobody needs to",
            Ask(SaslList) + Ask(SaslAuth, "PLAIN", value: "\0u\0p") + Ask(SaslStep, "PLAIN", value: "\0u\0p") + Ask(Noop),
            Told(SaslList, UnknownCommand) + Told(SaslAuth, UnknownCommand) + Told(SaslStep, UnknownCommand) + Told(Noop)),
        new("binary empty value",
            Ask(Set, "a", extras: Item()) + Ask(Get, "a"),
            Told(Set, unique: 1) + Told(Get, extras: Life(0), unique: 1)),
        new("binary longest life",
            Ask(Set, "a", extras: Item(0, 4294967295), value: "v") + Ask(Get, "a"),
            Told(Set, unique: 1) + Told(Get, extras: Life(0), value: "v", unique: 1)),
        new("binary value too large",
            Ask(Set, "a", extras: Item(), value: "1") + Ask(SetQ, "a", extras: Item(), value: ClassicCases.TooLarge)
            + Ask(Get, "a") + Ask(Append, "a", value: ClassicCases.TooLarge) + Ask(Noop),
            Told(Set, unique: 1) + Told(SetQ, BinaryStatus.TooLarge) + Told(Get, NotFound)
            + Told(Append, BinaryStatus.TooLarge) + Told(Noop)),
        new("binary mixed order",
            Ask(GetQ, "x0") + Ask(GetQ, "x1") + Ask(GetQ, "x2") + Ask(Set, "x1", extras: Item(), value: "1")
            + Ask(GetQ, "x0") + Ask(GetQ, "x1") + Ask(GetKQ, "x2") + Ask(Noop) + Ask(GetKQ, "x1") + Ask(Noop),
            Told(Set, unique: 1) + Told(GetQ, extras: Life(0), value: "1", unique: 1) + Told(Noop)
            + Told(GetKQ, key: "x1", extras: Life(0), value: "1", unique: 1) + Told(Noop)),
    ];
}
