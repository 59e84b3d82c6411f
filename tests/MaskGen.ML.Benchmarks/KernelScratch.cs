using System.Diagnostics;
using MaskGen.ML.Kernels;
namespace MaskGen.ML.Benchmarks;
internal static unsafe class KernelScratch
{
    public static void Run()
    {
        foreach (var k in PanelKernels.All)
        {
            var b = new AlignedBuffer(4096 * 256); var c = new AlignedBuffer(1 << 20); 
            for (var i = 0; i < 4096 * 256; i++) b.Pointer[i] = (i % 77) * 0.01f - 0.3f;
            for (var i = 0; i < 1 << 20; i++) c.Pointer[i] = (i % 71) * 0.01f - 0.3f;
            double Time(string name, double perCall, Action f)
            {
                for (var i = 0; i < 100; i++) f();
                Thread.Sleep(150);
                for (var i = 0; i < 100; i++) f();
                double best = 1e9;
                for (var r = 0; r < 20; r++) { var t = Stopwatch.GetTimestamp(); for (var i = 0; i < 200; i++) f(); best = Math.Min(best, Stopwatch.GetElapsedTime(t).TotalSeconds / 200); }
                Console.WriteLine($"{k.VectorWidth,3} {name,-20} {best * 1e6,9:F2} us  {perCall / best / 1e9,7:F1} G/s");
                return best;
            }
            Time("tile k=89 MAC", 89 * 8 * 32, () => { var s = stackalloc PanelSegment[3]; s[0] = new(b.Pointer, 16, c.Pointer); s[1] = new(b.Pointer + 1024, 57); s[2] = new(b.Pointer + 8192, 16); k.MultiplyTile(c.Pointer, s, 3, 8, c.Pointer + 9000, 32); });
            Time("tile k=256 MAC", 256 * 8 * 32, () => { var s = stackalloc PanelSegment[1]; s[0] = new(b.Pointer, 256); k.MultiplyTile(c.Pointer, s, 1, 8, c.Pointer + 9000, 32); });
            Time("conv2 128x64 MAC", 128 * 64 * 32, () => { for (var t = 0; t < 16; t++) { var s = new PanelSegment(b.Pointer, 64); k.MultiplyTile(c.Pointer + t * 512, &s, 1, 8, c.Pointer + 9000 + t * 256, 32); } });
            Time("outer 57x64 MAC", 57 * 64 * 256, () => k.AccumulateOuter(b.Pointer, 57 * 32, 57, c.Pointer, 8, 64, c.Pointer + 40000));
            Time("dots 8x16 x8p MAC", 8 * 16 * 256, () => k.AccumulateDots(b.Pointer, 64 * 32, 8, c.Pointer, 128 * 32, 16, 8, c.Pointer + 40000));
            Time("transpose 64 elem", 64 * 32, () => k.Transpose(b.Pointer, 64, c.Pointer, 64));
            Time("softmax 8x32 elem", 256, () => k.SoftmaxOverRows(c.Pointer + 50000, 8, c.Pointer + 60000, 7));
            Time("exp 64x256 elem", 64 * 256, () => k.ExponentiateRows(b.Pointer, 64 * 32, 64, 8, c.Pointer, c.Pointer + 40000));
            Time("max 64x256 elem", 64 * 256, () => k.RowMaxima(b.Pointer, 64 * 32, 64, 8, c.Pointer + 50000));
            Time("normgelu 64 elem", 64 * 32, () => k.AddNormalizeGelu(c.Pointer + 50000, 64, c.Pointer, c.Pointer + 60000, c.Pointer + 70000, c.Pointer + 80000, c.Pointer + 80000, 1e-6f));
            Time("geludot 32 elem", 32 * 32, () => k.GeluDot(c.Pointer + 50000, c.Pointer + 60000, 32, c.Pointer, c.Pointer + 70000, 32));
        }
    }
}
