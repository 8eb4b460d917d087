namespace Fleet.Lab.Demo;

/// <summary>Shows a run while it goes on.</summary>
public interface IDemoDisplay
{
    /// <summary>A part of the run begins.</summary>
    void Begin(string phase, string text);

    /// <summary>A second passed.</summary>
    void Show(DemoInterval second, double slaUs);

    /// <summary>A line worth keeping.</summary>
    void Say(string text);
}
