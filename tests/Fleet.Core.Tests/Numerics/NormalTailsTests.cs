using Fleet.Core.Numerics;

namespace Fleet.Core.Tests.Numerics;

/// <summary>
/// Against values computed with 60 digits (mpmath 1.3: erfc, log), argument ranges across every seam of the implementation.
/// </summary>
public class NormalTailsTests
{
    /// <summary>z, ln Φ(z), ln(φ(z) + zΦ(z)).</summary>
    public static readonly TheoryData<double, double, double> Normal = new()
    {
        { -1e6, -500000000014.73444909, -500000000028.54995965 },
        { -1000, -500007.82669481218431, -500014.73445209115845 },
        { -100, -5005.5242086942050886, -5010.1295788002497923 },
        { -50.5, -1279.9663036042551208, -1283.8890599507248021 },
        { -50, -1254.8313611394199013, -1258.7441828684608531 },
        { -49.5, -1229.9463189088273749, -1233.8491064929735204 },
        { -37.5, -707.66898931750719107, -711.29474844751272227 },
        { -20, -203.91715537109726394, -206.91783850942509785 },
        { -8, -35.013437159914549896, -37.122364261692633 },
        { -5, -15.064998393988725736, -16.744301162660990143 },
        { -2, -3.7831843336820319488, -4.7687835239171141569 },
        { -1.000001, -1.8410231701449401179, -2.4851229299842356553 },
        { -1, -1.8410216450092635058, -2.4851210257126413368 },
        { -0.999999, -1.8410201198743877959, -2.4851191214417689959 },
        { -0.5, -1.1759117615936186089, -1.6205162643873199193 },
        { 0, -0.69314718055994530942, -0.91893853320467274178 },
        { 0.5, -0.36894641528865639307, -0.35982768374506381859 },
        { 1, -0.17275377902344988953, 0.080026218849306940029 },
        { 1.000001, -0.17275349142366410716, 0.080026995487842238583 },
        { 2, -0.023012909328963488465, 0.69738354578822831219 },
        { 5, -2.8665161296376359338e-7, 1.6094379231264313851 },
        { 8, -6.2209605742717860585e-16, 2.0794415416798359377 },
    };

    /// <summary>x, exp(x²)·erfc(x).</summary>
    public static readonly TheoryData<double, double> ScaledErfc = new()
    {
        { -5, 144009798674.66104041 },
        { -1, 5.0089800807622834663 },
        { 0, 1.0 },
        { 0.5, 0.61569034419292587487 },
        { 1, 0.42758357615580700441 },
        { 2, 0.25539567631050574387 },
        { 3.999999, 0.13699949000857495035 },
        { 4, 0.13699945762506138989 },
        { 4.000001, 0.1369994252415627603 },
        { 5, 0.11070463773306862637 },
        { 10, 0.056140992743822585858 },
        { 26, 0.021683584850562906616 },
        { 100, 0.0056416137829894329036 },
        { 1e6, 5.6418958354747419216e-7 },
    };

    [Theory]
    [MemberData(nameof(Normal))]
    public void LogCdfAndLogImprovementMatchTheTable(double z, double logCdf, double logImprovement)
    {
        RelativeError(NormalTails.LogCdf(z), logCdf).ShouldBeLessThan(1e-10);
        RelativeError(NormalTails.LogImprovement(z), logImprovement).ShouldBeLessThan(1e-10);
    }

    [Theory]
    [MemberData(nameof(ScaledErfc))]
    public void ErfcxMatchesTheTable(double x, double expected) => RelativeError(NormalTails.Erfcx(x), expected).ShouldBeLessThan(1e-12);

    [Fact]
    public void TailsKeepTheOrderOfTheirArguments()
    {
        for (double z = -200; z < 8; z += 0.37)
        {
            NormalTails.LogImprovement(z).ShouldBeLessThan(NormalTails.LogImprovement(z + 0.37));
            NormalTails.LogCdf(z).ShouldBeLessThan(NormalTails.LogCdf(z + 0.37));
        }
    }

    [Fact]
    public void MeanAboveIsTheInverseMillsRatio()
    {
        NormalTails.MeanAbove(0).ShouldBe(0.79788456080286535588, 1e-14);
        NormalTails.MeanAbove(-10).ShouldBe(7.6945986267064193463e-23, 1e-33);
        NormalTails.MeanAbove(30).ShouldBe(30.033259667433677038, 1e-11);
    }

    private static double RelativeError(double actual, double expected) => Math.Abs(actual - expected) / Math.Abs(expected);
}
