namespace Fleet.Lab.Report;

/// <summary>The look of the report, light and dark.</summary>
internal static class HtmlStyle
{
    /// <summary>Style sheet of the page.</summary>
    public const string Css = """

        :root { --ink: #1b1f24; --paper: #fff; --soft: #6a737d; --grid: #e4e7eb; --odd: #f3f6f9; --good: #1a7f37; --bad: #cf222e;
          --c0: #0969da; --c1: #bc4c00; --c2: #8250df; --c3: #1b7c83; --c4: #bf3989; --c5: #9a6700; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --paper: #0d1117; --soft: #8b949e; --grid: #21262d; --odd: #161b22; --good: #3fb950; --bad: #f85149;
            --c0: #58a6ff; --c1: #f0883e; --c2: #bc8cff; --c3: #39c5cf; --c4: #f778ba; --c5: #d29922; } }
        body { font: 15px/1.45 system-ui, sans-serif; max-width: 920px; margin: 2em auto; padding: 0 1em; color: var(--ink);
          background: var(--paper); }
        h1 { font-size: 1.6em } h2 { font-size: 1.15em; margin: 1.6em 0 .4em }
        figure { margin: 0 } figcaption { color: var(--soft); font-size: .9em }
        .wide { overflow-x: auto } table { border-collapse: collapse; font-size: .9em }
        th, td { text-align: left; padding: .2em .7em .2em 0; border-bottom: 1px solid var(--grid); font-variant-numeric: tabular-nums }
        svg { width: 100%; height: auto } svg text { fill: var(--soft); font-size: 11px } svg .label { fill: var(--ink) }
        .grid { stroke: var(--grid) } .band { fill: none } .band.odd { fill: var(--odd); fill-opacity: .6 }
        .line { fill: none; stroke-width: 1.5 } .client { stroke: var(--soft); opacity: .6 }
        .promise, .sla { stroke: var(--bad); stroke-dasharray: 5 4; stroke-width: 1.3 }
        .s0 { stroke: var(--c0) } .s1 { stroke: var(--c1) } .s2 { stroke: var(--c2) } .s3 { stroke: var(--c3) } .s4 { stroke: var(--c4) }
        .s5 { stroke: var(--c5) }
        .dot { fill-opacity: .75 } circle.good { fill: var(--good) } circle.bad { fill: var(--bad) } circle.plain { fill: var(--c0) }
        .d0 { fill: var(--c0) } .d1 { fill: var(--c1) } .d2 { fill: var(--c2) }
        .d3 { fill: var(--c3) } .d4 { fill: var(--c4) } .d5 { fill: var(--c5) }
        b.good { color: var(--good) } b.bad { color: var(--bad) } b.plain { color: var(--c0) }

        """;
}
