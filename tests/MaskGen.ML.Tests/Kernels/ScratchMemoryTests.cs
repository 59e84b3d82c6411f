using MaskGen.ML.Kernels;

namespace MaskGen.ML.Tests.Kernels;

public unsafe class ScratchMemoryTests
{
    [Fact]
    public void Take_AfterReset_GivesTheSameMemoryAgain()
    {
        using var arena = new ScratchArena();
        var first = arena.Take(10);
        var second = arena.Take(1_000_000);
        var third = arena.Take(3);
        arena.Reset();

        Assert.True(first == arena.Take(10));
        Assert.True(second == arena.Take(1_000_000));
        Assert.True(third == arena.Take(3));
    }

    [Fact]
    public void Take_SeveralPieces_AreApartAndAlignedToCacheLines()
    {
        using var arena = new ScratchArena();
        var pieces = new nint[20];
        for (var i = 0; i < pieces.Length; i++)
        {
            var piece = arena.Take(40_000 + i);
            new Span<float>(piece, 40_000 + i).Fill(i);
            pieces[i] = (nint)piece;
        }

        for (var i = 0; i < pieces.Length; i++)
        {
            Assert.Equal(0, pieces[i] % 64);
            Assert.Equal(-1, new Span<float>((float*)pieces[i], 40_000 + i).IndexOfAnyExcept((float)i));
        }
    }

    [Fact]
    public void Rent_LengthThatWasReturned_GivesTheSameBuffer()
    {
        using var pool = new BufferPool(2);
        var (small, large) = (pool.Rent(10), pool.Rent(20));
        pool.Return(small);
        pool.Return(large);

        Assert.Same(large, pool.Rent(20));
        Assert.Same(small, pool.Rent(10));
        Assert.NotSame(small, pool.Rent(10));
    }

    [Fact]
    public void Return_MoreThanThePoolHolds_FreesTheOldest()
    {
        using var pool = new BufferPool(1);
        var (first, second) = (pool.Rent(10), pool.Rent(20));
        pool.Return(first);
        pool.Return(second);

        Assert.Throws<ObjectDisposedException>(() => Read(first));
        Assert.Equal(0, Read(second));
    }

    [Fact]
    public void Return_ToADisposedPool_FreesTheBuffer()
    {
        var pool = new BufferPool(4);
        var buffer = pool.Rent(10);
        pool.Dispose();
        pool.Return(buffer);

        Assert.Throws<ObjectDisposedException>(() => Read(buffer));
    }

    private static float Read(AlignedBuffer buffer) => *buffer.Pointer;
}
