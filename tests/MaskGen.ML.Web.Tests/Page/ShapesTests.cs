using System.Text.Json;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>Runs are measured, scaled and rimmed as their pixels are.</summary>
public sealed class ShapesTests(ChromiumFixture chromium) : WebPageTest(chromium)
{
    private const int Width = 23;
    private const int Height = 17;

    [Fact]
    public async Task Measure_AndScaleRuns_AndRims_AgreeWithPixels()
    {
        var page = await Open();
        var random = new Random(5);
        for (var round = 0; round < 12; round++)
        {
            var mask = TestMask.Random(random, Width, Height);
            var (width, height) = (random.Next(1, 60), random.Next(1, 60));
            var found = await page.EvaluateAsync<JsonElement>("""
                async ([counts, fromWidth, fromHeight, width, height]) => {
                  const { measure, scaleRuns, forEachRim, runsOf } = await import("/page/shapes.js");
                  const runs = runsOf({ counts, size: [fromHeight, fromWidth] });
                  const rim = distance => {
                    const positions = [];
                    forEachRim(runs, distance, (start, end) => {
                      for (let position = start; position < end; position++) {
                        positions.push(position);
                      }
                    });
                    return positions;
                  };
                  return {
                    ...measure(runs, fromHeight), scaled: [...scaleRuns(runs, [fromHeight, fromWidth], [height, width])],
                    rims: [1, -1, 2 * fromHeight, -fromHeight].map(rim),
                  };
                }
                """, new object[] { CocoRle.Encode(mask), Width, Height, width, height });

            var pixels = TestMask.Unpack(mask);
            var set = TestMask.Positions(pixels).ToList();
            Assert.Equal(set.Count, found.GetProperty("area").GetInt32());
            if (set.Count > 0)
            {
                var (left, top) = (set.Min(pixel => pixel.X), set.Min(pixel => pixel.Y));
                int[] box = [left, top, set.Max(pixel => pixel.X) + 1 - left, set.Max(pixel => pixel.Y) + 1 - top];
                Assert.Equal(box, Numbers(found.GetProperty("bbox")));
            }

            // The pixel of the other size whose middle it holds.
            var scaled = Positions(Numbers(found.GetProperty("scaled")));
            var expected = from x in Enumerable.Range(0, width)
                           from y in Enumerable.Range(0, height)
                           where pixels[(int)((x + 0.5) * Width / width), (int)((y + 0.5) * Height / height)]
                           select (x * height) + y;
            Assert.Equal(expected, scaled);

            var column = set.Select(pixel => (pixel.X * Height) + pixel.Y).ToHashSet();
            foreach (var (distance, place) in new[] { 1, -1, 2 * Height, -Height }.Index().Select(item => (item.Item, item.Index)))
            {
                Assert.Equal(
                    column.Where(position => !column.Contains(position - distance)).Order(), Numbers(found.GetProperty("rims")[place]));
            }
        }
    }

    private static IEnumerable<int> Positions(IEnumerable<int> runs) =>
        runs.Chunk(2).SelectMany(run => Enumerable.Range(run[0], run[1] - run[0]));
}
