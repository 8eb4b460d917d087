using static Fleet.Proxy.Tests.Protocol.ClassicCases;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Good and bad bytes of the meta commands.</summary>
internal static class MetaCases
{
    public static WireCase[] Meta { get; } =
    [
        new("meta store and read",
            "ms a 3 F5 T0\r\nabc\r\nmg a s v t f k O77 h l\r\nmg a\r\nmg a k O1\r\n",
            "HD\r\nVA 3 s3 t-1 f5 ka O77 h0 l0\r\nabc\r\nHD\r\nHD ka O1\r\n"),
        new("meta miss",
            "mg none\r\nmg none v\r\nmg none k O9\r\n",
            "EN\r\nEN\r\nEN knone O9\r\n"),
        new("meta unique",
            "ms a 1 c\r\n1\r\nmg a c\r\nma n N0 J5 c v\r\n",
            "HD c#\r\nHD c#\r\nVA 1 c#\r\n5\r\n"),
        new("meta quiet",
            "mg none q\r\nms a 1 q\r\n1\r\nmg a q\r\nmg a v q k\r\nmd none q\r\nmd a q O5\r\nma none q\r\n"
            + "ms n 1 q\r\n5\r\nma n q v\r\nmn\r\n",
            "HD\r\nVA 1 ka\r\n1\r\nNF\r\nNF\r\nMN\r\n"),
        new("meta quiet counting that creates", "ma n N0 J7 q v\r\nmn\r\nmg n v\r\n", "MN\r\nVA 1\r\n7\r\n",
            "1.6.18 forgets to be quiet when the counter is created"),
        new("meta quiet failures",
            "ms a 1 MR q\r\n1\r\nms a 1 C7 q k\r\n1\r\nms b 1 q\r\n1\r\nms b 1 C999999999 q O3\r\n2\r\nma b D0 q\r\n"
            + "ms b 1 q\r\nx\r\nma b q\r\nmn\r\n",
            "NS\r\nNF ka\r\nEX O3\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nMN\r\n"),
        new("meta modes",
            "ms a 1 MA\r\n2\r\nms a 1 ME\r\n9\r\nms a 1 MS\r\n2\r\nms a 1 MA k\r\n3\r\nms a 1 MP O1\r\n1\r\n"
            + "ms a 3 MR\r\n456\r\nmg a v\r\nms b 1 MR\r\n1\r\nms b 1 MA\r\n1\r\n",
            "NS\r\nHD\r\nHD\r\nHD ka\r\nHD O1\r\nHD\r\nVA 3\r\n456\r\nNS\r\nNS\r\n"),
        new("meta bad modes",
            "ms a 2 MX\r\nab\r\nms a 2 Ms\r\nab\r\nms a 2 Mset\r\nab\r\nms a 2 M\r\nab\r\nma a MX\r\nma a Mi\r\n"
            + "ma a Mxx\r\nmd a Mxx\r\nmd a MX\r\nmg a MX\r\nmn\r\n",
            "CLIENT_ERROR invalid mode for ms M token\r\nCLIENT_ERROR invalid mode for ms M token\r\n"
            + "CLIENT_ERROR incorrect length for M token\r\nCLIENT_ERROR incorrect length for M token\r\n"
            + "CLIENT_ERROR invalid mode for ma M token\r\nCLIENT_ERROR invalid mode for ma M token\r\n"
            + "CLIENT_ERROR invalid or duplicate flag\r\nCLIENT_ERROR invalid or duplicate flag\r\nNF\r\nEN\r\nMN\r\n"),
        new("meta counting",
            "ms n 2\r\n10\r\nma n\r\nma n v\r\nma n MD D5 v\r\nma n M- v\r\nma n M+ D100 v t k O1\r\n"
            + "ma n MI D18446744073709551615 v\r\nma n MD D500 v\r\nma none\r\nma m N30 J13 v t\r\nma m v t\r\n",
            "HD\r\nHD\r\nVA 2\r\n12\r\nVA 1\r\n7\r\nVA 1\r\n6\r\nVA 3 t-1 kn O1\r\n106\r\nVA 3\r\n105\r\nVA 1\r\n0\r\n"
            + "NF\r\nVA 2 t30\r\n13\r\nVA 2 t30\r\n14\r\n"),
        new("meta counting on text",
            "ms a 1\r\nx\r\nma a\r\nma a q\r\nma a v\r\n",
            "HD\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
            + "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
            + "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"),
        new("meta delete",
            "ms a 1\r\n1\r\nmd a C999999999\r\nmd a k O5\r\nmd a\r\nmd a k O5\r\n",
            "HD\r\nEX\r\nHD ka O5\r\nNF\r\nNF ka O5\r\n"),
        new("meta stale and win",
            "ms a 1\r\n1\r\nmd a I T30\r\nmg a v t\r\nmg a v t\r\nms a 1 I C1\r\n2\r\nms a 1 T0\r\n3\r\nmg a v t\r\n",
            "HD\r\nHD\r\nVA 1 t30 X W\r\n1\r\nVA 1 t30 Z X\r\n1\r\nHD\r\nHD\r\nVA 1 t-1\r\n3\r\n"),
        new("meta vivify",
            "mg a N30 v t\r\nmg a N30 v t\r\nmg a v\r\n",
            "VA 0 t30 W\r\n\r\nVA 0 t30 Z\r\n\r\nVA 0 Z\r\n\r\n"),
        new("meta recache",
            "ms a 1 T20\r\n1\r\nmg a R30 v\r\nmg a R30 v\r\nmg a R10 v\r\n",
            "HD\r\nVA 1 W\r\n1\r\nVA 1 Z\r\n1\r\nVA 1 Z\r\n1\r\n"),
        new("meta touch",
            "ms a 1\r\n1\r\nmg a T100 t\r\nmg a t\r\nmg b T100\r\nmg a T-1\r\nmg a\r\n",
            "HD\r\nHD t100\r\nHD t100\r\nEN\r\nHD\r\nEN\r\n"),
        new("meta hit before and no update",
            "ms a 1\r\n1\r\nmg a h u\r\nmg a h\r\nmg a h\r\n",
            "HD\r\nHD h0\r\nHD h0\r\nHD h1\r\n"),
        new("meta base64 key",
            "ms Zm9v 3 b\r\nbar\r\nget foo\r\nmg Zm9v b v k\r\nmg foo v k\r\nset foo 0 0 1\r\n1\r\nmg Zm9v k b v\r\n"
            + "md Zm9v b q\r\nmg foo\r\nma Y250 b N0 J5 v k\r\nget cnt\r\n",
            "HD\r\nVALUE foo 0 3\r\nbar\r\nEND\r\nVA 3 kZm9v b\r\nbar\r\nVA 3 kZm9v b\r\nbar\r\nSTORED\r\n"
            + "VA 1 kfoo\r\n1\r\nEN\r\nVA 1 kY250 b\r\n5\r\nVALUE cnt 0 1\r\n5\r\nEND\r\n"),
        new("meta base64 key of binary bytes",
            "ms AAEgDQo= 1 b\r\n1\r\nmg AAEgDQo= b v k\r\nmd AAEgDQo= b k O1\r\n",
            "HD\r\nVA 1 kAAEgDQo= b\r\n1\r\nHD kAAEgDQo= b O1\r\n"),
        new("meta bad base64",
            "mg !!! b\r\nmg a b k v\r\nms a 2 b\r\nab\r\nmd !!! b\r\nma !!! b\r\nme a b\r\nmn\r\n",
            "CLIENT_ERROR error decoding key\r\nCLIENT_ERROR error decoding key\r\nCLIENT_ERROR error decoding key\r\n"
            + "CLIENT_ERROR invalid or duplicate flag\r\nCLIENT_ERROR invalid or duplicate flag\r\n"
            + "CLIENT_ERROR bad command line format\r\nMN\r\n"),
        new("meta flags of others",
            "mg a C1 D1 F1 J1\r\nms a 1 v s t k\r\n1\r\nmg a P1 Lx k\r\nmd a v s t\r\n",
            "EN\r\nHD ka\r\nHD ka\r\nHD\r\n"),
        new("meta bad tokens",
            "mg a Tx\r\nmg a T\r\nmg a T5x\r\nmg a Nx\r\nmg a Rx\r\nmg a Fx\r\nmg a F-1\r\nmg a C-1\r\nmg a C\r\n"
            + "mg a C18446744073709551616\r\nmg a Jx\r\nmg a Dx\r\nmg a M\r\nmg a D+1\r\nmg a T99999999999\r\n"
            + "mg a F4294967296\r\n",
            "CLIENT_ERROR bad token in command line format\r\nCLIENT_ERROR bad token in command line format\r\n"
            + "CLIENT_ERROR bad token in command line format\r\nCLIENT_ERROR bad token in command line format\r\n"
            + "CLIENT_ERROR bad token in command line format\r\nCLIENT_ERROR bad command line format\r\n"
            + "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad token in command line format\r\n"
            + "CLIENT_ERROR bad token in command line format\r\nCLIENT_ERROR bad token in command line format\r\n"
            + "CLIENT_ERROR invalid numeric initial value\r\nCLIENT_ERROR invalid numeric delta value\r\n"
            + "CLIENT_ERROR incorrect length for M token\r\nEN\r\nEN\r\nEN\r\n"),
        new("meta bad tokens of changes",
            "md a Tx\r\nma a Dx\r\nma a Jx\r\nma a Nx\r\nmd a Cx\r\nms a 2 Tx\r\nab\r\nms a 2 Fx\r\nab\r\n"
            + "ms a 2 Cx\r\nab\r\nms a 2 Dx\r\nab\r\nms a 2 Jx k\r\nab\r\nms a 2 k F1 Tx MX\r\nab\r\nmn\r\n",
            "CLIENT_ERROR invalid or duplicate flag\r\nCLIENT_ERROR invalid or duplicate flag\r\n"
            + "CLIENT_ERROR invalid or duplicate flag\r\nCLIENT_ERROR invalid or duplicate flag\r\n"
            + "CLIENT_ERROR invalid or duplicate flag\r\nCLIENT_ERROR bad token in command line format\r\n"
            + "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad token in command line format\r\n"
            + "CLIENT_ERROR invalid numeric delta value\r\nCLIENT_ERROR invalid numeric initial value\r\n"
            + "CLIENT_ERROR bad token in command line format\r\nMN\r\n"),
        new("meta duplicate and unknown flags",
            "mg a k k\r\nmg a q qq\r\nmg a Z\r\nmg a a\r\nmg a Tx k k\r\nmg a Tx !\r\nmg a E5\r\nmg a \u0080\r\n"
            + "md a k k\r\nma a Z\r\nms a 2 k k\r\nab\r\nms a 2 Z\r\nab\r\nms a 2 MX MX\r\nab\r\nms a 2 E55\r\nab\r\n"
            + "mn\r\n",
            "CLIENT_ERROR duplicate flag\r\nCLIENT_ERROR duplicate flag\r\nCLIENT_ERROR invalid flag\r\n"
            + "CLIENT_ERROR invalid flag\r\nCLIENT_ERROR duplicate flag\r\nCLIENT_ERROR invalid flag\r\n"
            + "CLIENT_ERROR invalid flag\r\nCLIENT_ERROR duplicate flag\r\nCLIENT_ERROR invalid or duplicate flag\r\n"
            + "CLIENT_ERROR invalid or duplicate flag\r\nCLIENT_ERROR duplicate flag\r\nCLIENT_ERROR invalid flag\r\n"
            + "CLIENT_ERROR duplicate flag\r\nCLIENT_ERROR invalid flag\r\nMN\r\n"),
        new("meta flags with more letters",
            "ms a 1 qx kk ss\r\n1\r\nmg a vvv kx sy qq\r\n",
            "VA 1 ka s1\r\n1\r\n"),
        new("meta opaque",
            "mg none Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nmd none Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
            + "ma none Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nms a 2 Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nab\r\n"
            + "ms a 2 Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx q\r\nab\r\nmg a Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx k\r\nmn\r\n",
            "CLIENT_ERROR opaque token too long\r\nCLIENT_ERROR opaque token too long\r\n"
            + "CLIENT_ERROR opaque token too long\r\nCLIENT_ERROR opaque token too long\r\n"
            + "CLIENT_ERROR opaque token too long\r\nEN Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ka\r\nMN\r\n"),
        new("meta seventeen flags",
            "mg a l O1 q s v t c f h u P1 L1 I k N1 T0 R0\r\nmn\r\n",
            "VA 0 l0 O1 s0 t-1 c# f0 h0 ka W\r\n\r\nMN\r\n"),
        new("meta eighteen flags",
            "mg a l O1 q s v t c f h u P1 L1 I k N1 T0 R0 F1\r\nmn\r\n",
            "CLIENT_ERROR options flags are too long\r\nMN\r\n"),
        new("meta eighteen flags of changes",
            "md a l O1 q s v t c f h u P1 L1 I k N1 T0 R0 F1\r\nma a l O1 q s v t c f h u P1 L1 I k N1 T0 R0 F1\r\n"
            + "mn\r\n",
            "CLIENT_ERROR options flags too long\r\nCLIENT_ERROR options flags too long\r\nMN\r\n"),
        new("meta eighteen flags of a value",
            "ms a 1 l O1 q s v t c f h u P1 L1 I k N1 T0 R0 F1\r\n1\r\nmn\r\n",
            "CLIENT_ERROR options flags too long\r\nMN\r\n", Swallows),
        new("meta without a key",
            "mg\r\nms\r\nmd\r\nma\r\nme\r\nmx a\r\nm\r\n",
            "ERROR\r\nERROR\r\nERROR\r\nERROR\r\nCLIENT_ERROR bad command line format\r\nERROR\r\nERROR\r\n"),
        new("meta bad lengths",
            "ms a\r\nms a x\r\nms a S1\r\nms a -1\r\nms a 2x\r\nms a k\r\nmn\r\n",
            "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\n"
            + "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\n"
            + "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\nMN\r\n"),
        new("meta length with sign and zeros",
            "ms a +2\r\nab\r\nms a 02\r\nab\r\nms a 0\r\n\r\nmg a v\r\n",
            "HD\r\nHD\r\nHD\r\nVA 0\r\n\r\n"),
        new("meta length beyond 32 bits",
            "ms a 4294967297\r\na\r\nmn\r\n",
            "CLIENT_ERROR bad command line format\r\nERROR\r\nMN\r\n", "1.6.18 takes the length modulo 2^32"),
        new("meta data longer than said",
            "ms a 2 q\r\nabc\r\nmn\r\n",
            "CLIENT_ERROR bad data chunk\r\nERROR\r\nMN\r\n"),
        new("meta value too large",
            $"ms a 1\r\n1\r\nms a {TooLarge.Length} q\r\n{TooLarge}\r\nmg a\r\n",
            "HD\r\nSERVER_ERROR object too large for cache\r\nEN\r\n"),
        new("meta value too large, key in base64",
            $"ms a 1\r\n1\r\nms YQ== {TooLarge.Length} b\r\n{TooLarge}\r\nmg a\r\n",
            "HD\r\nSERVER_ERROR object too large for cache\r\nEN\r\n"),
        new("meta key of 251 bytes",
            $"mg {Key251}\r\nmg {Key251} v k k\r\nmd {Key251}\r\n"
            + $"ma {Key251}\r\nme {Key251}\r\nms {Key251} k\r\nmn\r\n",
            "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\n"
            + "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\n"
            + "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\nMN\r\n"),
        new("meta stored key of 251 bytes",
            $"ms {Key251} 2 T0\r\nab\r\nmn\r\n",
            "CLIENT_ERROR bad command line format\r\nMN\r\n", Swallows),
        new("meta key of 250 bytes",
            $"ms {Key250} 1\r\n1\r\nmg {Key250} v k\r\n",
            $"HD\r\nVA 1 k{Key250}\r\n1\r\n"),
        new("meta debug",
            "me a\r\nms a 1\r\n1\r\nme a\r\nme YQ== b\r\nme a x\r\nme a b c d\r\n",
            "EN\r\nHD\r\nME a exp=-1 la=0 cas=# fetch=no cls=1 size=61\r\n"
            + "ME a exp=-1 la=0 cas=# fetch=no cls=1 size=61\r\nME a exp=-1 la=0 cas=# fetch=no cls=1 size=61\r\n"
            + "CLIENT_ERROR bad command line format\r\n"),
        new("meta fence",
            "mn\r\nmn a b c\r\nset a 0 0 1\r\n1\r\nget a\r\nmg a v\r\nmn\r\nmg none q\r\nmn\r\n",
            "MN\r\nMN\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nEND\r\nVA 1\r\n1\r\nMN\r\nMN\r\n"),
        new("meta spaces and bare line feeds",
            " mg  none   v \r\nms a 2\nab\r\nms a 2 T0 \r\nab\r\nmg a v\n",
            "EN\r\nHD\r\nHD\r\nVA 2\r\nab\r\n"),
        new("meta NUL",
            "mg a k\0x\r\nmg a\0b v\r\nmn\r\n",
            "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\nMN\r\n",
            "memcached cuts the line at the NUL"),
        new("meta mixed with classic",
            "set a 3 0 1\r\n1\r\nmg a f v\r\nms b 1 F9\r\n2\r\nget a b\r\nmd a\r\nget a b\r\nincr b 5\r\nmg b v f\r\n",
            "STORED\r\nVA 1 f3\r\n1\r\nHD\r\nVALUE a 3 1\r\n1\r\nVALUE b 9 1\r\n2\r\nEND\r\nHD\r\nVALUE b 9 1\r\n2\r\n"
            + "END\r\n7\r\nVA 1 f9\r\n7\r\n"),
    ];
}
